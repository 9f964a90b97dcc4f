"""What is wrong with a file's YAML, by character offsets."""

from __future__ import annotations

from dataclasses import dataclass

from runner.spec.source import Path


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
