"""A real language server for the tests: installed once from the npm registry, and a client that talks LSP to it.

Skipped where there is no node, or no registry. The server may not use the network: it dies if it tries.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCHEMA = ROOT / "schemas" / "scenario.schema.json"
PATIENCE = 30.0
"""Seconds to wait for a message: far more than any takes, so that a slow machine is no failure."""
UNREACHABLE = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONN(REFUSED|RESET)|E(SOCKET)?TIMEDOUT|E(NET|HOST)UNREACH|ERR_SOCKET_TIMEOUT)\b")
OFFLINE = "--import=data:text/javascript,import net from 'node:net'; net.Socket.prototype.connect = () => process.exit(99)"


@pytest.fixture(scope="session")
def server_script() -> Path:
    """The server's script, from the packages that package-lock.json names, below .venvs."""
    node, npm = shutil.which("node"), shutil.which("npm")
    fcntl = pytest.importorskip("fcntl", reason="installing once for all workers needs a file lock")
    if not node or not npm:
        pytest.skip("the language server needs node and npm")
    lock = HERE / "package-lock.json"
    folder = ROOT / ".venvs" / f"node-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    script = folder / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "node.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not script.exists():
            _install(npm, lock, folder)
    return script


def _install(npm: str, lock: Path, folder: Path) -> None:
    """Install beside the folder, and only then give it its name: an install that was broken off is not taken for one."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as staging:
        for file in (lock, HERE / "package.json"):
            shutil.copy(file, staging)
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=20000"]
        try:
            done = subprocess.run([npm, "ci", *options], cwd=staging, capture_output=True, text=True, timeout=300, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("the npm registry takes too long")
        if done.returncode:
            if UNREACHABLE.search(done.stderr):
                pytest.skip("the npm registry cannot be reached")
            pytest.fail(f"npm ci: {done.stderr}")
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(staging, folder)
        os.mkdir(staging)  # for TemporaryDirectory to remove


class Client:
    """An editor's side of the protocol: JSON-RPC in frames with a Content-Length, over the server's pipes."""

    def __init__(self, command: list[str], settings: dict[str, Any], folder: Path) -> None:
        self._settings = settings
        self._said = (folder / "server.log").open("w+b")
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)  # type: ignore[arg-type]
        self._buffer = b""
        self._sent = 0
        self._opened = 0
        self._configured = False
        self._folder = folder
        self._answers: dict[int, dict[str, Any]] = {}
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        capabilities = {
            "workspace": {"configuration": True},
            "textDocument": {"completion": {"completionItem": {"documentationFormat": ["markdown"], "snippetSupport": True}}},
        }
        self.request("initialize", {"processId": os.getpid(), "rootUri": folder.as_uri(), "capabilities": capabilities})
        self._send({"method": "initialized", "params": {}})
        self._wait(lambda: self._configured)

    def open(self, text: str, path: Path | None = None) -> str:
        """Open a document, which need not exist on disk, and return its URI."""
        self._opened += 1
        uri = (path or self._folder / f"{self._opened}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return uri

    def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """Wait for what the server has against a document."""
        self._wait(lambda: uri in self._diagnostics)
        return self._diagnostics[uri]

    def at(self, method: str, uri: str, line: int, column: int) -> Any:
        """Ask about a place, counted from 0."""
        return self.request(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}})

    def request(self, method: str, params: Any) -> Any:
        """Send a request and wait for its result."""
        self._sent += 1
        number = self._sent
        self._send({"id": number, "method": method, "params": params})
        self._wait(lambda: number in self._answers)
        answer = self._answers.pop(number)
        assert "error" not in answer, answer
        return answer["result"]

    def close(self) -> None:
        """End the server, as an editor does."""
        self.request("shutdown", None)
        self._send({"method": "exit"})
        self._process.wait(PATIENCE)
        for stream in (self._process.stdin, self._process.stdout, self._said, self._selector):
            stream.close()  # type: ignore[union-attr]

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        self._process.stdin.flush()

    def _wait(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not ready():
            message = self._receive(deadline)
            if "method" in message:
                self._serve(message)
            else:
                self._answers[message["id"]] = message

    def _serve(self, message: dict[str, Any]) -> None:
        """Answer what the server asks, and keep the diagnostics it tells."""
        params = message.get("params")
        if message["method"] == "textDocument/publishDiagnostics":
            self._diagnostics[params["uri"]] = params["diagnostics"]
        if "id" in message:
            asked = params["items"] if message["method"] == "workspace/configuration" else []
            self._send({"id": message["id"], "result": [self._settings.get(item["section"]) for item in asked] or None})
            self._configured |= bool(asked)

    def _receive(self, deadline: float) -> dict[str, Any]:
        while True:
            head, gap, rest = self._buffer.partition(b"\r\n\r\n")
            if gap:
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                if len(rest) >= length:
                    self._buffer = rest[length:]
                    message: dict[str, Any] = json.loads(rest[:length])
                    return message
            assert self._selector.select(max(0.0, deadline - time.monotonic())), "the server says nothing"
            assert self._process.stdout is not None
            data = os.read(self._process.stdout.fileno(), 1 << 16)
            self._said.seek(0)
            assert data, f"the server is gone: {self._process.wait(PATIENCE)}, {self._said.read().decode()}"
            self._buffer += data


@pytest.fixture(scope="session")
def start_server(server_script: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Client]]:
    """`start_server(schemas, folder)` starts a server for a folder; `schemas` is the setting `yaml.schemas`."""
    started: list[Client] = []

    def start(schemas: dict[str, list[str]], folder: Path | None = None) -> Client:
        nothing = {"enable": False}
        settings = {
            "yaml": {"schemas": schemas, "validate": True, "hover": True, "completion": True, "hoverSchemaSource": False,
                     "schemaStore": nothing, "kubernetesCRDStore": nothing},
        }  # fmt: skip
        command = ["node", OFFLINE, str(server_script), "--stdio"]
        client = Client(command, settings, folder or tmp_path_factory.mktemp("editor"))
        started.append(client)
        return client

    yield start
    for client in started:
        client.close()


@pytest.fixture(scope="session")
def editor(start_server: Callable[..., Client]) -> Client:
    """An editor whose settings give every YAML file the committed schema."""
    return start_server({SCHEMA.as_uri(): ["*.yaml"]})
