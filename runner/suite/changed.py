"""What git says has changed since a revision: which scenarios need testing again.

A file counts as unchanged only if git knows it and it is as it was; anything else has changed: new, ignored, outside the repository,
or one that git was told not to look at (`git update-index --assume-unchanged`).
So a scenario is rather tested once too often than not at all.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from runner.compiler import included_files, run_names
from runner.errors import ScenarioError, UsageError
from runner.golden import golden_of, may_have_cases


class Unchanged:
    """The files that are as they were at a revision."""

    def __init__(self, revision: str) -> None:
        """Ask git.

        Raises:
            UsageError: there is no git, no repository here, or no such revision.
        """
        self._top = Path(os.fsdecode(_git(["rev-parse", "--show-toplevel"], "this is no git repository")).rstrip("\n"))
        if revision.startswith("-"):  # never to be taken for an option
            raise UsageError(f"{revision!r} is no git revision")
        unknown = f"git knows no revision {revision!r}; in CI a shallow clone may lack it (fetch the whole history)"
        commit = _git(["rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"], unknown).decode().strip()
        known = {os.path.join(self._top, name[2:]) for name in self._names("ls-files", "-v", "-z") if name.startswith("H ")}
        differs = self._names("diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", commit, "--")
        self._paths = known - {os.path.join(self._top, name) for name in differs}

    def __contains__(self, path: Path) -> bool:
        """Say whether a file, and what it links to, is as it was."""
        return {os.path.join(os.path.realpath(path.parent), path.name), os.path.realpath(path)} <= self._paths

    def _names(self, *words: str) -> list[str]:
        """Return what a git command lists; paths are from the top of the repository on."""
        listed = _git(["-C", str(self._top), *words], "git cannot list its files")
        return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def _git(words: Sequence[str], failed: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        raise UsageError(f"cannot run git: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().split("\n")[0]
        raise UsageError(f"{failed} ({said})" if said else failed)
    return done.stdout


def is_touched(scenario: Path, unchanged: Unchanged) -> bool:
    """Say whether a scenario file, a golden of it, or a file that it includes has changed. One that cannot be read counts as changed."""
    if scenario not in unchanged:
        return True
    try:
        cases: Sequence[str | None] = run_names(scenario) if may_have_cases(scenario) else [None]
        included = included_files(scenario) if b"include" in scenario.read_bytes() else ()
    except (ScenarioError, OSError):
        return True
    return any(path not in unchanged for path in (*(golden_of(scenario, case) for case in cases), *included))
