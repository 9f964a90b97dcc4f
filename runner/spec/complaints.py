"""What is wrong with a file's YAML, by character offsets, and the limits past which a file is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from runner.spec.source import Path


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be. Aliases count as what they stand for; `max_problems` are reported at the most."""

    max_bytes: int = 1 << 20
    max_depth: int = 50
    max_nodes: int = 250_000
    max_digits: int = 4000
    max_problems: int = 100


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something wrong with the YAML. `damage` is the path whose value cannot be judged any further because of it."""

    code: str
    message: str
    start: int
    end: int
    path: Path = ()
    hint: str | None = None
    damage: Path | None = None


class Unreadable(Exception):
    """There is no document to validate; `complaints` say why."""

    def __init__(self, complaints: list[Complaint]) -> None:
        super().__init__(complaints)
        self.complaints = complaints
