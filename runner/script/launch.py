"""Start the process that a program runs in. The program's input and output are this process's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

_START = (
    "import sys; known = frozenset(sys.modules); path = sys.path[:]; sys.path.insert(0, sys.argv[1]); "
    "from runner.script.child import main; sys.path[:] = path; main(known)"
)


@dataclass(frozen=True, slots=True)
class Script:
    """What is to run, and how. `program` is a file or folder, or a module's name."""

    program: str
    is_module: bool
    arguments: tuple[str, ...] = ()
    policy: str | None = None
    seed: int | None = None
    replay: str | None = None
    trace: str | None = None
    quiet: bool = False
    max_steps: int = 100_000_000
    wall_limit: float = 60.0
    preempt: str | None = None
    """`sync`, `line` or `access`; None is what the token says, and `sync` where there is none."""
    modules: tuple[str, ...] = ()
    """Whose code has points at `line` and `access`; none are all of the program's own."""
    races: bool = False


def run_script(script: Script) -> int:
    """Run the program to its end and return its exit code; 128 and the number where a signal ended it.

    Sets have the same order each time: where the environment does not say otherwise, strings are hashed with seed 0.
    """
    root = str(Path(__file__).resolve().parents[2])
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    environment = {"PYTHONHASHSEED": "0", **os.environ}
    child = subprocess.Popen([sys.executable, *flags, "-c", _START, root, json.dumps(asdict(script))], env=environment)
    while True:
        try:
            code = child.wait()
        except KeyboardInterrupt:  # the program has it too, and decides
            continue
        return code if code >= 0 else 128 - code
