"""What a soak came to: counted while it goes on, then written down. Holds nothing of the machine, the day, or how long it took."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from soak.conduct import Message
from soak.plan import HASH_SEEDS, PASSES, Case, Plan, Python
from soak.worker import Difference


@dataclass(slots=True)
class Tally:
    """Executions so far, on each Python; the digests of first executions, block by block; and the difference that ended it."""

    plan: Plan
    made: Counter[str] = field(default_factory=Counter)
    firsts: dict[int, list[str | None]] = field(default_factory=dict)
    left_out: dict[str, set[Case]] = field(default_factory=dict)
    difference: tuple[Message, Difference] | None = None

    def add(self, message: Message) -> None:
        """Count what a process said."""
        version = message.python.version
        self.made[version] += message.content.get("made", 0)
        if "Difference" in message.content:
            self.difference = message, Difference.read(message.content["Difference"])
        if "Done" in message.content:
            self.firsts[message.block] = message.content["Done"]["firsts"]
            for case in message.content["Done"]["left_out"]:
                self.left_out.setdefault(version, set()).add(Case(**case))

    @property
    def complete(self) -> bool:
        """Whether everything was executed, or left out for a reason."""
        left_out = {version: len(cases) for version, cases in self.left_out.items()}
        each = len(self.plan.seeds) * len(HASH_SEEDS) * len(PASSES)
        wanted = {python.version: (len(self.plan.cases) - left_out.get(python.version, 0)) * each for python in self.plan.pythons}
        return self.difference is None and all(self.made[version] == number for version, number in wanted.items())

    def first_python(self, case: Case) -> Python:
        """Return the Python that has made a case's first executions."""
        return next(python for python in self.plan.pythons if case not in self.left_out.get(python.version, ()))

    @property
    def nowhere(self) -> list[Case]:
        """Cases that no Python compiles."""
        return sorted(set.intersection(*(self.left_out.get(python.version, set()) for python in self.plan.pythons)), key=str)

    def digest(self) -> str:
        """Return one digest over all first executions, each with its case and seed."""
        whole = blake2b(digest_size=16)
        for number, seeds in enumerate(self.plan.blocks):
            keys = ((seed, case) for seed in seeds for case in self.plan.cases)
            for (seed, case), first in zip(keys, self.firsts[number], strict=True):
                whole.update(f"{case} {seed} {first}\n".encode())
        return whole.hexdigest()

    def record(self, command: str) -> str:
        """Write it down as JSON."""
        plan = self.plan
        content: dict[str, Any] = {
            "command": command,
            "complete": self.complete,
            "executions": self.made.total(),
            "mismatches": 0 if self.difference is None else 1,
            "pythons": {python.version: self.made[python.version] for python in plan.pythons},
            "scenarios": plan.files,
            "cases": len(plan.cases),
            "schedules": schedules(plan),
            "hash_seeds": HASH_SEEDS,
            "passes": [way.words for way in PASSES],
            "left_out": {version: _sorted(cases) for version, cases in sorted(self.left_out.items())},
            "digest": self.digest() if self.complete else None,
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def schedules(plan: Plan) -> str:
    """Name a plan's schedules."""
    last = plan.seeds[-1]
    return "fifo" if last is None else f"fifo and the seeds 0 to {last}"


def _sorted(cases: Iterable[Case]) -> list[str]:
    return sorted(map(str, cases))
