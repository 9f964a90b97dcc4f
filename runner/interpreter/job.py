"""A future as scenarios see it: a value with a name. Knows nothing of who runs what."""

from __future__ import annotations

from typing import Any


class Job:
    """What was submitted to a pool, and its future: a value that threads may hand each other. Its name is `POOL/NUMBER`."""

    __slots__ = ("future", "name", "pool", "worker")

    def __init__(self, pool: str, number: int) -> None:
        self.name = f"{pool}/{number}"
        self.pool = pool
        self.worker: str | None = None
        self.future: Any = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__
