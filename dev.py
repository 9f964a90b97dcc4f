#!/usr/bin/env python3
"""Set up and use a checkout with nothing but Python 3.11 or later.

    python3 dev.py run scenarios/tutorial/three_threads.yaml    any verb of `python -m runner` works in place of run
    python3 dev.py test [PYTEST OPTIONS]                        everything that must hold: style, types, imports, tests, goldens
    python3 dev.py versions [--all]                             the tests of what an interpreter can change, or all, on every other CPython
    python3 dev.py bench [OPTIONS]                              the benchmarks
    python3 dev.py soak [OPTIONS]                               every scenario again and again, on every CPython: not one byte may differ

Each makes the virtual environment it needs, below .venvs, from the lock files in locks/; the next call finds it made.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)

CHECKS = (
    ("-m", "ruff", "check", "."),
    ("-m", "ruff", "format", "--check", "."),
    ("-m", "mypy"),
    ("-c", "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"),
)
TESTS = ("-m", "pytest", "-n", "auto")
SAME_EVERYWHERE = ("ci", "cli", "docs", "editors", "golden", "lint", "plugin", "report", "soak", "spec")
"""Folders of tests whose subject is the same on every CPython: files and texts, and the programs that others are."""


def environment(kind: str) -> Path:
    """Return the interpreter of the environment `run` or `dev` for this Python, making the environment if need be."""
    import venv

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = ROOT / ".venvs" / f"{version}-{kind}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    lock = ROOT / "locks" / f"{kind}.txt"
    made_from = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + sys.version.encode()).hexdigest()
    stamp = folder / "made-from"
    if python.exists() and stamp.is_file() and stamp.read_text() == made_from:
        return python
    print(f"making {folder.relative_to(ROOT)} (once)…", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        venv.create(folder, with_pip=True)
    except subprocess.CalledProcessError:
        sys.exit("this Python cannot make virtual environments: its ensurepip is missing (Debian has it in the package python3-venv)")
    install = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    call([*install, "--require-hashes", "-r", str(lock)])
    if kind == "dev":  # pytest finds the plugin by the installed package's entry point
        call([*install, "--no-deps", "--editable", str(ROOT)])
    stamp.write_text(made_from)
    return python


def call(command: list[str], **options: object) -> None:
    """Run a command; stop with its exit code if it fails."""
    code = subprocess.run(command, check=False, **options).returncode  # type: ignore[call-overload]
    if code:
        sys.exit(code if code > 0 else 1)


def runner(arguments: list[str]) -> None:
    """Be `python -m runner`, in the folder the caller is in."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    call([str(environment("run")), "-m", "runner", *arguments], env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})


def test(arguments: list[str]) -> None:
    """Check everything."""
    python = str(environment("dev"))
    for check in CHECKS:
        print(f"== {' '.join(check[1:] if check[0] == '-m' else ('lint-imports',))}", flush=True)
        call([python, *check], cwd=ROOT)
    print("== pytest", flush=True)
    pytest(arguments)


def pytest(arguments: list[str]) -> None:
    """Run the tests. Traces are compared with those of the other Pythons that `versions` has made environments for."""
    others = [str(path) for path in sorted(ROOT.glob(".venvs/*-dev/bin/python"))]
    call([str(environment("dev")), *TESTS, *arguments], cwd=ROOT, env={**os.environ, "THREADSCORE_PYTHONS": os.pathsep.join(others)})


def other_pythons() -> list[str]:
    """Find one interpreter for each other minor version, on PATH and among pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places = [str(path) for path in sorted(pyenv.glob("3.*/bin/python"), reverse=True)]
    places += [found for minor in range(OLDEST[1], 20) if (found := shutil.which(f"python3.{minor}"))]
    ask = "import sys; print(sys.implementation.name, *sys.version_info[:2])"
    chosen: dict[tuple[int, int], str] = {}
    for place in places:
        answer = subprocess.run([place, "-c", ask], capture_output=True, text=True, check=False).stdout.split()
        if len(answer) == 3 and answer[0] == "cpython":
            chosen.setdefault((int(answer[1]), int(answer[2])), place)
    return [chosen[version] for version in sorted(chosen) if version >= OLDEST and version != sys.version_info[:2]]


def versions(arguments: list[str]) -> None:
    """Run the tests on every other CPython: those of what it executes, or `--all`."""
    if "--all" in arguments:
        arguments.remove("--all")
    else:
        arguments = [*(f"--ignore=tests/{folder}" for folder in SAME_EVERYWHERE), *arguments]
    for python in other_pythons():
        print(f"== pytest on {python}", flush=True)
        call([python, str(Path(__file__)), "pytest", *arguments], cwd=ROOT)


def soak(arguments: list[str]) -> None:
    """Execute scenarios again and again, on this CPython and every other one, or those that THREADSCORE_PYTHONS names."""
    named = os.environ.get("THREADSCORE_PYTHONS") or os.pathsep.join(map(environment_of, other_pythons()))
    python = str(environment("run"))
    signal.signal(signal.SIGINT, lambda *_: None)  # it ends by itself, once it has written down how far it came
    call([python, "-m", "soak", *arguments], cwd=ROOT, env={**os.environ, "THREADSCORE_PYTHONS": named})


def environment_of(python: str) -> str:
    """Let another Python make its environment `run`, and return the interpreter there."""
    made = subprocess.run([python, str(Path(__file__)), "environment"], stdout=subprocess.PIPE, text=True, check=False)
    if made.returncode:
        sys.exit(made.returncode)
    return made.stdout.strip()


def main() -> None:
    """Do what the command line says."""
    if sys.version_info < OLDEST:
        for minor in range(20, OLDEST[1] - 1, -1):
            newer = shutil.which(f"python3.{minor}")
            if newer:
                os.execv(newer, [newer, *sys.argv])
        sys.exit(f"Python {'.'.join(map(str, OLDEST))} or later is needed; this is {sys.version.split()[0]}")
    verb, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("--help", [])
    if verb in ("-h", "--help"):
        print(__doc__)
    elif verb == "test":
        test(arguments)
    elif verb == "pytest":
        pytest(arguments)
    elif verb == "versions":
        versions(arguments)
    elif verb == "bench":
        call([str(environment("dev")), "-m", "benchmarks", *arguments], cwd=ROOT)
    elif verb == "soak":
        soak(arguments)
    elif verb == "environment":  # of a Python that `soak` has found
        print(environment("run"))
    else:
        runner([verb, *arguments])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
