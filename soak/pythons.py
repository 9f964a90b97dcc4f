"""The Pythons of a soak: this one, and those that THREADSCORE_PYTHONS names."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

from runner.errors import UsageError
from soak.plan import Python

VARIABLE = "THREADSCORE_PYTHONS"
ASK = "import platform, click, pydantic, yaml; print(platform.python_implementation(), platform.python_version())"


def find_pythons() -> list[Python]:
    """Return one Python of each minor version, oldest first: this one, then the first that is named.

    Raises:
        UsageError: one that is named cannot be run, or lacks the dependencies.
    """
    found = {sys.version_info[:2]: Python(sys.executable, platform.python_version())}
    for path in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        try:
            answer = subprocess.run([path, "-c", ASK], capture_output=True, text=True, check=True).stdout.split()
        except (OSError, subprocess.SubprocessError):
            raise UsageError(f"{VARIABLE} names {path}, which is no Python with click, pydantic and PyYAML") from None
        major, minor, *_ = answer[1].split(".")
        if answer[0] == "CPython":
            found.setdefault((int(major), int(minor)), Python(path, answer[1]))
    return [found[version] for version in sorted(found)]
