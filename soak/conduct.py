"""Share a plan out to processes and pass on what they say. Knows nothing of what is made of it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any

from soak.plan import HASH_SEEDS, Case, Plan, Python
from soak.worker import Difference, Task

ROOT = Path(__file__).parents[1]


class WorkerError(Exception):
    """A process ended as none should; what it said."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a process said of which block."""

    block: int
    python: Python
    hash_seed: str
    content: dict[str, Any]


class Processes:
    """The processes of a soak, all of which end with it. As an iterator, what they say: None where they say nothing for a moment."""

    def __init__(self, plan: Plan, jobs: int) -> None:
        self._plan = plan
        self._jobs = jobs
        self._said: SimpleQueue[Message | Exception | None] = SimpleQueue()
        self._lock = Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def __iter__(self) -> Generator[Message | None, None, None]:
        """Execute the plan.

        Raises:
            WorkerError: a process failed.
        """
        blocks = self._plan.blocks
        with ThreadPoolExecutor(self._jobs) as threads:
            try:
                for number, seeds in enumerate(blocks):
                    threads.submit(self._block, number, seeds)
                left = len(blocks)
                while left:
                    message: Message | Exception | None = None
                    try:
                        message = self._said.get(timeout=0.5)
                    except Empty:
                        yield None
                        continue
                    if isinstance(message, Exception):
                        raise message
                    left -= message is None
                    if message is not None:
                        yield message
            finally:
                self._stop()
                threads.shutdown(cancel_futures=True)

    def again(self, python: Python, case: Case, seed: int | None) -> Difference:
        """Execute one case once, in a process of its own, and return what it leaves."""
        task = Task([case], [seed], [""])  # no execution has this digest, so it differs, and is told whole
        for content in self._process(python, HASH_SEEDS[0], task):
            if "Difference" in content:
                return Difference.read(content["Difference"])
        raise WorkerError(f"{case} does not compile on {python.version}")

    def _block(self, number: int, seeds: tuple[int | None, ...]) -> None:
        """Take a block through every Python, one process after the other: each needs the digests of those before it."""
        firsts: list[str | None] = [None] * (len(seeds) * len(self._plan.cases))
        try:
            for python in self._plan.pythons:
                for hash_seed in HASH_SEEDS:
                    for content in self._process(python, hash_seed, Task(self._plan.cases, seeds, firsts)):
                        self._said.put(Message(number, python, hash_seed, content))
                        firsts = content.get("Done", {}).get("firsts", firsts)
            self._said.put(None)
        except Exception as error:
            self._said.put(error)

    def _stop(self) -> None:
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()

    def _process(self, python: Python, hash_seed: str, task: Task) -> Iterator[dict[str, Any]]:
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
            with self._lock:
                if self._stopped:
                    return
                process = subprocess.Popen([python.path, "-m", "soak.worker"], env=environment, stderr=errors, **pipes)  # type: ignore[call-overload]
                self._running.add(process)
            try:
                with process:
                    with suppress(OSError):  # it has ended already: its exit code says so
                        process.stdin.write(task.written())
                        process.stdin.close()
                    yield from map(json.loads, process.stdout)
            finally:
                with self._lock:
                    self._running.discard(process)
            if process.returncode and not self._stopped:
                errors.seek(0)
                raise WorkerError(f"a process on {python.version} ended with {process.returncode}:\n{errors.read()}")
