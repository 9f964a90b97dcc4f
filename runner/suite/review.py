"""What there is to decide about goldens: traces that differ, scenarios without a golden, goldens left in a merge conflict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from runner.errors import ScenarioError
from runner.golden import conflict_in, golden_of, pending_of, recover
from runner.limits import DEFAULT, Limits
from runner.suite.check import Result
from runner.suite.discover import name_of
from runner.suite.judge import INVALID
from runner.suite.launch import load_cases


@dataclass(frozen=True, slots=True)
class Undecided:
    """A golden to decide about: `why` is `pending`, `new` (there is none yet) or `conflict`."""

    scenario: Path
    case: str | None
    why: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return name_of(self.scenario, self.case)

    @property
    def golden(self) -> Path:
        """Where the golden is, or will be."""
        return golden_of(self.scenario, self.case)


def undecided(scenarios: Iterable[Path], limits: Limits = DEFAULT) -> tuple[list[Undecided], list[Result]]:
    """Return what is to be decided, and the scenarios that are invalid, of which that cannot be told. Nothing is run."""
    found: list[Undecided] = []
    invalid: list[Result] = []
    for scenario in scenarios:
        recover([scenario.parent])
        try:
            cases = [program.case for program in load_cases(scenario, limits=limits)]
        except ScenarioError as error:
            invalid.append(Result(scenario, INVALID, invalid=error))
            continue
        for case in cases:
            why = _why(golden_of(scenario, case))
            if why is not None:
                found.append(Undecided(scenario, case, why))
    return found, invalid


def _why(golden: Path) -> str | None:
    if pending_of(golden).exists():
        return "pending"
    if not golden.exists():
        return "new"
    return "conflict" if conflict_in(golden) is not None else None
