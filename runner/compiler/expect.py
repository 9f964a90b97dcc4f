"""What a scenario expects at its end, with names resolved and values computed: only parameters may decide it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from runner.compiler.names import Names, Path
from runner.errors import Place, either
from runner.program import Expectation, ExpectedOutcome, ExpectedQueue, Resource
from runner.program.exceptions import NAMES, SYSTEM_EXIT, class_name, plain_name
from runner.program.kinds import COUNTING_QUEUES, QUEUES, with_article
from runner.spec.fields import call_parts, kind_of
from runner.spec.models import OUTCOMES, RACES, VERDICTS, End, Expect

PARTS = ("outcome", "printed", "raises", "deadlock", "outcomes", "races")


def link_expectation(expect: Expect, names: Names, resources: Mapping[str, Resource]) -> Expectation:
    """Link what is written under `expect`; problems go to `names`."""
    top: Path = ("expect",)
    end = _End(expect, top, names, resources)
    raises, deadlock, printed = end.raises(), _deadlock(expect, end), end.printed()
    outcome = end.outcome("deadlock" if deadlock else "failed" if raises else "completed")
    final, queues = end.vars(), end.queues()
    outcomes = tuple(_outcomes(expect, names, resources))
    races = names.word(expect.races, (*top, "races"), RACES)
    closed = any(each.verdict != "forbidden" for each in outcomes)
    any_outcome = closed and expect.outcome is None and not raises and not deadlock
    return Expectation(outcome, raises, deadlock, final, queues, printed, _places(expect, end), str(races), outcomes, any_outcome)


def _places(expect: Expect, end: _End) -> dict[str, Place]:
    written = {f"{part}.{name}": (part, name) for part in ("vars", "queues") for name in getattr(expect, part)}
    return {"": end.place(), **{part: end.place(part) for part in PARTS}, **{key: end.place(*path) for key, path in written.items()}}


def _outcomes(expect: Expect, names: Names, resources: Mapping[str, Resource]) -> Iterator[ExpectedOutcome]:
    first: dict[str, int] = {}
    for index, entry in enumerate(expect.outcomes):
        path: Path = ("expect", "outcomes", index)
        end = _End(entry, path, names, resources)
        raises, printed = end.raises(), end.printed()
        outcome = end.outcome("failed" if raises else "completed")
        if (earlier := first.setdefault(_as_written(entry, outcome), index)) != index:
            line = names.places.place((*path[:-1], earlier)).line
            names.problem("same-outcome", f"this outcome is listed twice; the first is at line {line}", path)
        yield ExpectedOutcome(
            outcome=outcome,
            vars=end.vars(),
            queues=end.queues(),
            raises=raises,
            printed=printed,
            verdict=str(names.word(entry.verdict, (*path, "verdict"), VERDICTS)),
            note=entry.note or "",
            place=names.places.place(path),
        )


def _as_written(entry: End, outcome: str) -> str:
    """Write an end so that entries that say the same are one text. Templates stay: two that agree in one case need not in another."""
    return json.dumps([outcome, entry.model_dump(mode="json", exclude={"outcome", "verdict", "note"})], sort_keys=True)


def _deadlock(expect: Expect, end: _End) -> tuple[str, ...] | None:
    given = end.value("deadlock", list)
    for index, name in enumerate(given or ()):
        end.thread(name, ("expect", "deadlock", index))
    return None if given is None else tuple(sorted(map(str, given)))


class _End:
    """An end as it is written at a path: the whole of `expect`, or one of its outcomes."""

    def __init__(self, written: End, path: Path, names: Names, resources: Mapping[str, Resource]) -> None:
        self._written = written
        self._path = path
        self._names = names
        self._resources = resources

    def place(self, *path: str) -> Place:
        """Return the place of one of its keys."""
        return self._names.places.place((*self._path, *path), key=True)

    def value(self, part: str, kind: type) -> Any:
        """Compute a part that may be one template; None where it is left out, or not of the kind that it must be."""
        written = getattr(self._written, part)
        if written is None:
            return None
        path = (*self._path, part)
        value = self._names.constant(written, path)
        if not isinstance(value, kind):
            if value is not None:
                wanted = "a mapping" if kind is dict else "a list"
                self._names.problem("wrong-type", f"expected {wanted}, not {kind_of(value)}", path)
            return None
        return value

    def raises(self) -> dict[str, str] | None:
        """Return which exceptions end which threads."""
        given = self.value("raises", dict)
        if given is None:
            return None
        for name, error in given.items():
            path = (*self._path, "raises", name)
            self.thread(name, path, key=True)
            if not isinstance(error, str) or not (plain_name(error) in NAMES or error == SYSTEM_EXIT or call_parts(error)):
                self._names.problem("unknown-exception", f"there is no exception {error!r} for scenarios", path)
        return {name: class_name(str(error)) for name, error in given.items()}

    def printed(self) -> tuple[str, ...] | None:
        """Return what is printed."""
        given = self.value("printed", list)
        return None if given is None else tuple(map(str, given))

    def outcome(self, fitting: str) -> str:
        """Return the outcome as it is written; left out, the one that goes with what else is expected."""
        if self._written.outcome is None:
            return fitting
        path: Path = (*self._path, "outcome")
        outcome = self._names.word(self._written.outcome, path, OUTCOMES)
        if outcome not in OUTCOMES:
            return str(outcome)
        if (fitting == "deadlock" and outcome != fitting) or (fitting == "failed" and outcome == "completed"):
            other = "deadlock" if fitting == "deadlock" else "raises"
            self._names.problem("wrong-value", f"`{other}` goes with the outcome {fitting!r}, not {outcome!r}", path)
        return str(outcome)

    def thread(self, name: Any, path: Path, *, key: bool = False) -> None:
        """Check a thread's name: `main`, a declared one, or a pool's worker."""
        names = self._names
        pool, _, number = str(name).rpartition("_")
        if name != "main" and name not in names.threads and not (number.isdigit() and names.kinds.get(pool) == "pool"):
            names.unknown("thread", str(name), path, ("main", *names.threads), key=key)

    def vars(self) -> dict[str, Any]:
        """Return variables' final values."""
        final: dict[str, Any] = {}
        for name, value in self._written.vars.items():
            path: Path = (*self._path, "vars", name)
            self._resource(name, path, frozenset({"var"}))
            final[name] = self._names.constant(value, path)
        return final

    def queues(self) -> dict[str, ExpectedQueue]:
        """Return queues' final states."""
        queues: dict[str, ExpectedQueue] = {}
        names = self._names
        for name, queue in self._written.queues.items():
            path: Path = (*self._path, "queues", name)
            self._resource(name, path, QUEUES if queue.unfinished is None else COUNTING_QUEUES)
            size = None if queue.size is None else names.number(queue.size, (*path, "size"), 0)
            unfinished = None if queue.unfinished is None else names.number(queue.unfinished, (*path, "unfinished"), 0)
            items = None if queue.items is None else names.constant(queue.items, (*path, "items"))
            queues[name] = ExpectedQueue(size, unfinished, items)
        return queues

    def _resource(self, name: str, path: Path, kinds: frozenset[str]) -> None:
        names = self._names
        if name not in self._resources:
            known = (each for each, resource in self._resources.items() if resource.kind in kinds)
            names.unknown("resource", name, path, known, key=True)
        elif self._resources[name].kind not in kinds:
            kind = self._resources[name].kind
            names.problem("wrong-kind", f"{name!r} is {with_article(kind)}; expected {either(sorted(kinds))}", path, key=True)
