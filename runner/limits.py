"""How much of everything a scenario may use. A leaf: every package may import it.

A file past its limits is refused with an error that names the limit; a run that reaches one ends with a verdict that does. Each
can be raised and lowered by `--limit NAME=NUMBER`, up to what Python itself bears.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from runner.errors import UsageError, did_you_mean


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on a file (`bytes` to `expression`), on values (`bits`, `items`) and on a run (`steps` to `output`)."""

    bytes: int = 1 << 20
    """A file's size in bytes."""
    depth: int = 50
    """How deep lists and mappings may be nested in a file."""
    nodes: int = 250_000
    """How many values a file may hold; an alias counts as all that it stands for."""
    digits: int = 4000
    """How many digits an integer in a file may have."""
    problems: int = 100
    """How many problems of a file are reported."""
    threads: int = 1000
    """How many threads and timers there may be."""
    resources: int = 10_000
    """How many resources there may be."""
    expression: int = 1000
    """How many characters an expression may have; a fifth as many parts."""
    bits: int = 13_300
    """How many bits a computed integer may have: as many as 4000 digits."""
    items: int = 100_000
    """How many characters or items a computed value may have in all."""
    steps: int = 100_000
    """How many steps a run may take."""
    events: int = 250_000
    """How many events a run may record."""
    memory: int = 2048
    """By how many MiB a run may make the process grow."""
    output: int = 10_000_000
    """How many bytes a run in a process of its own may print."""
    calls: tuple[str, ...] = ()
    """The modules whose functions a scenario may call, with all below them: none. Not a number, and set by other options than the rest."""


DEFAULT = Limits()
CEILINGS = Limits(
    bytes=1 << 28, depth=100, nodes=50_000_000, digits=4300, problems=10_000, threads=10_000, resources=1_000_000, expression=10_000,
    bits=14_000, items=10_000_000, steps=10**12, events=10**9, memory=1 << 20,
    output=10**12,
)  # fmt: skip
"""What no limit can be raised above."""
NAMES = tuple(field.name for field in fields(Limits) if field.name != "calls")


def parse_limits(settings: Iterable[str], limits: Limits = DEFAULT) -> Limits:
    """Apply settings such as `steps=5000`; `k`, `M` and `G` behind a number stand for thousands, millions and so on.

    Raises:
        UsageError: there is no such limit, or no limit can have that value.
    """
    for setting in settings:
        name, equals, value = setting.partition("=")
        if name not in NAMES:
            advice = did_you_mean(name, NAMES) or f"there are {', '.join(NAMES)}"
            raise UsageError(f"there is no limit {name!r}; {advice}")
        factor = {"k": 10**3, "M": 10**6, "G": 10**9}.get(value[-1:], 1)
        digits = (value if factor == 1 else value[:-1]).replace("_", "")
        if not equals or not digits.isascii() or not digits.isdigit() or len(digits) > 15:
            raise UsageError(f"a limit is set as {name}=NUMBER, such as {name}={getattr(DEFAULT, name)}; {setting!r} is not")
        number = int(digits) * factor
        most = getattr(CEILINGS, name)
        if not 1 <= number <= most:
            raise UsageError(f"the limit {name!r} is 1 to {most}, not {number}")
        changed: dict[str, Any] = {name: number}
        limits = replace(limits, **changed)
    return limits


def flag(name: str) -> str:
    """Say how to change a limit, for messages."""
    return f"--limit {name}=NUMBER changes this limit"
