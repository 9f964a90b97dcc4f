"""What is wrong with one execution, and which final state it ended in. What a sentence says of it is told later, of one that is kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.analysis import Why, classify_endless
from runner.analysis.outcomes import QUEUE_PARTS, listed, matches, same
from runner.errors import Place
from runner.exploration.result import Kind
from runner.interpreter import Outcome
from runner.program import ExpectedOutcome, Program
from runner.trace import Footer, plain


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that is wrong with an execution; see `Finding` for the fields."""

    kind: Kind
    key: tuple[str, ...]
    what: str
    place: Place | None = None
    expected: bool = False
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Final:
    """A final state; `key` is the same for equal ones."""

    key: str
    outcome: str
    state: dict[str, Any]
    listed: ExpectedOutcome | None = None
    """The entry of `expect.outcomes` that it is."""
    judged: str = ""
    note: str = ""


class Judge:
    """Knows what a program's author expects of every execution."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._expect = program.expect
        self._outcomes = self._expect.outcomes
        self._shows_a_bug = not self._outcomes and self._expect.outcome != "completed"
        self._closed = self._expect.closed
        self._known: dict[str, tuple[Final, tuple[Symptom, ...]]] = {}
        self.printed = self._expect.printed is not None or any(each.printed is not None for each in self._outcomes)
        """Whether it counts what is printed, and in which order."""

    def assess(self, outcome: Outcome) -> tuple[Final, tuple[Symptom, ...]]:
        """Return the state in which an execution ended, and what is wrong with it; thousands of executions have few final states."""
        if outcome.verdict != "completed":
            return self.final(outcome), tuple(self.symptoms(outcome))
        footer = outcome.trace.footer
        state = repr((footer.vars, footer.queues, _printed(outcome) if self.printed else None))
        known = self._known.get(state)
        if known is None:
            known = self._known[state] = self.final(outcome), tuple(self.symptoms(outcome))
        return known

    def final(self, outcome: Outcome) -> Final:
        """Return the state in which an execution ended, and how the file judges that."""
        footer = outcome.trace.footer
        state: dict[str, Any] = {}
        if footer.vars:
            state["vars"] = plain(footer.vars)
        if footer.queues:
            state["queues"] = plain(footer.queues)
        if outcome.failures:
            state["raises"] = _raised(outcome)
        if self.printed:
            state["printed"] = _printed(outcome)
        listed = self.listed(outcome)
        judged = listed.verdict if listed is not None else "unlisted" if self._closed else ""
        note = listed.note if listed is not None else ""
        return Final(key_of(outcome.verdict, state), outcome.verdict, state, listed, judged, note or "")

    def listed(self, outcome: Outcome) -> ExpectedOutcome | None:
        """Return the entry of `expect.outcomes` that an execution's end is."""
        printed = _printed(outcome) if self.printed else []
        return listed(self._outcomes, outcome.trace.footer, printed, _raised(outcome))

    def meets(self, final: Final, expected: ExpectedOutcome) -> bool:
        """Say whether a final state is as an entry says, though it may be as another says too."""
        footer = Footer(final.outcome, 0, final.state.get("vars", {}), final.state.get("queues", {}))
        return matches(expected, footer, final.state.get("printed", ()), final.state.get("raises", {}))

    def never_shown(self, finals: Iterable[Final]) -> str | None:
        """Return the end that the file is there to show, if none of these is it."""
        wanted = self._expect.outcome
        return wanted if self._shows_a_bug and not any(final.outcome == wanted for final in finals) else None

    def required(self) -> list[ExpectedOutcome]:
        """Return the outcomes that some execution must have."""
        return [each for each in self._outcomes if each.verdict == "required"]

    def symptoms(self, outcome: Outcome) -> Iterator[Symptom]:
        """Tell everything that is wrong with an execution, hazards aside."""
        listed = self.listed(outcome) if self._outcomes else None
        if listed is not None and listed.verdict == "forbidden":
            yield Symptom(Kind.OUTCOME, ("forbidden", listed.place.path), "a forbidden outcome", listed.place)
            return
        expected = listed is not None or self._shows_a_bug
        match outcome.verdict:
            case "completed" if self._closed and listed is None:
                place = self._expect.places.get("outcomes")
                yield Symptom(Kind.OUTCOME, ("unlisted", self.final(outcome).key), "an outcome that is not listed", place)
            case "completed" if not self._outcomes and not self._shows_a_bug:
                yield from self._mismatches(outcome)
            case "deadlock":
                key = sorted(
                    f"{each.op.place.path if each.op else ''} {each.on if each.on in self._program.resources else ''}"
                    for each in outcome.blocked
                )
                place = next((each.op.place for each in outcome.blocked if each.op is not None), None)
                yield Symptom(Kind.DEADLOCK, tuple(key), "a deadlock", place, expected)
            case "failed":
                for failure in outcome.failures:
                    place = failure.op.place if failure.op is not None else None
                    name = type(failure.error).__name__
                    key = [name, place.path if place else failure.thread]
                    yield Symptom(Kind.EXCEPTION, tuple(key), f"{failure.thread} ended by {name}", place, expected)
            case "step_limit":
                endless = classify_endless(self._program, outcome.trace.events)
                if endless.why is not Why.ENDLESS:  # what is merely long may come to anything yet
                    kind = Kind.LIMIT if endless.why is Why.LIVELOCK else Kind.STARVATION
                    yield Symptom(kind, (endless.why.value, *endless.movers), endless.what, None, expected or kind is Kind.STARVATION)
            case "event_limit" | "size_limit" | "memory_limit" | "hung":
                what = f"an execution ended by its {outcome.verdict.replace('_', ' ')}"
                yield Symptom(Kind.LIMIT, (outcome.verdict,), what, None, expected)

    def _mismatches(self, outcome: Outcome) -> Iterator[Symptom]:
        """Hold a completed execution against what is expected of one run."""
        expect, footer = self._expect, outcome.trace.footer
        wanted: list[tuple[str, str, Any, Any]] = [
            (f"vars.{name}", f"variable {name}", value, footer.vars[name]) for name, value in expect.vars.items()
        ]
        for name, queue in expect.queues.items():
            for field in QUEUE_PARTS:
                if getattr(queue, field) is not None:
                    wanted.append((f"queues.{name}", f"queue {name}, {field}", getattr(queue, field), footer.queues[name][field]))
        if expect.printed is not None:
            wanted.append(("printed", "printed", list(expect.printed), _printed(outcome)))
        wrong = [each for each in wanted if not same(plain(each[2]), plain(each[3]))]
        if wrong:
            sentences = tuple(f"{what}: expected {plain(value)!r}, was {plain(actual)!r}" for _, what, value, actual in wrong)
            yield Symptom(Kind.EXPECTATION, (), sentences[0], expect.places[wrong[0][0]], details=sentences[1:])


def _raised(outcome: Outcome) -> dict[str, str]:
    return dict(sorted((failure.thread, type(failure.error).__name__) for failure in outcome.failures))


def _printed(outcome: Outcome) -> list[Any]:
    return [event.value for event in outcome.trace.events if event.op == "print"]


def key_of(outcome: str, state: Mapping[str, Any]) -> str:
    """Write a final state as a text that is the same for equal ones."""
    return json.dumps([outcome, state], sort_keys=True, default=str)
