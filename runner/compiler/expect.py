"""What a scenario expects at its end, with names resolved and values computed: only parameters may decide it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.compiler.names import Names, Path
from runner.errors import Place, either
from runner.program import Expectation, ExpectedQueue, Resource
from runner.program.exceptions import NAMES, plain_name
from runner.program.kinds import COUNTING_QUEUES, QUEUES, with_article
from runner.spec.fields import kind_of
from runner.spec.models import OUTCOMES, Expect

PARTS = ("outcome", "printed", "raises", "deadlock")


def link_expectation(expect: Expect, names: Names, resources: Mapping[str, Resource]) -> Expectation:
    """Link what is written under `expect`; problems go to `names`."""
    return _Linker(expect, names, resources).expectation()


class _Linker:
    def __init__(self, expect: Expect, names: Names, resources: Mapping[str, Resource]) -> None:
        self.expect = expect
        self.names = names
        self.resources = resources
        self.places: dict[str, Place] = {"": self._place(), **{part: self._place(part) for part in PARTS}}

    def expectation(self) -> Expectation:
        raises, deadlock, printed = self._raises(), self._deadlock(), self._printed()
        outcome = self._outcome("deadlock" if deadlock else "failed" if raises else "completed")
        return Expectation(outcome, raises, deadlock, self._vars(), self._queues(), printed, self.places)

    def _place(self, *path: str) -> Place:
        return self.names.places.place(("expect", *path), key=True)

    def _value(self, part: str, kind: type) -> Any:
        """Compute a part that may be one template; None where it is left out, or not of the kind that it must be."""
        written = getattr(self.expect, part)
        if written is None:
            return None
        value = self.names.constant(written, ("expect", part))
        if not isinstance(value, kind):
            if value is not None:
                wanted = "a mapping" if kind is dict else "a list"
                self.names.problem("wrong-type", f"expected {wanted}, not {kind_of(value)}", ("expect", part))
            return None
        return value

    def _raises(self) -> dict[str, str] | None:
        given = self._value("raises", dict)
        if given is None:
            return None
        for name, error in given.items():
            path = ("expect", "raises", name)
            self._thread(name, path, key=True)
            if not isinstance(error, str) or plain_name(error) not in NAMES:
                self.names.problem("unknown-exception", f"there is no exception {error!r} for scenarios", path)
        return {name: plain_name(str(error)) for name, error in given.items()}

    def _deadlock(self) -> tuple[str, ...] | None:
        given = self._value("deadlock", list)
        for index, name in enumerate(given or ()):
            self._thread(name, ("expect", "deadlock", index))
        return None if given is None else tuple(sorted(map(str, given)))

    def _printed(self) -> tuple[str, ...] | None:
        given = self._value("printed", list)
        return None if given is None else tuple(map(str, given))

    def _outcome(self, fitting: str) -> str:
        """The outcome as it is written; left out, the one that goes with what else is expected."""
        if self.expect.outcome is None:
            return fitting
        path: Path = ("expect", "outcome")
        outcome = self.names.constant(self.expect.outcome, path)
        if outcome not in OUTCOMES and outcome is not None:
            self.names.problem("wrong-value", f"expected {either(OUTCOMES)}, not {kind_of(outcome)}", path)
        elif (fitting == "deadlock" and outcome not in (fitting, None)) or (fitting == "failed" and outcome == "completed"):
            other = "deadlock" if fitting == "deadlock" else "raises"
            self.names.problem("wrong-value", f"`{other}` goes with the outcome {fitting!r}, not {outcome!r}", path)
        return str(outcome)

    def _thread(self, name: Any, path: Path, *, key: bool = False) -> None:
        """Check a thread's name: `main`, a declared one, or a pool's worker."""
        pool, _, number = str(name).rpartition("_")
        if name != "main" and name not in self.names.threads and not (number.isdigit() and self.names.kinds.get(pool) == "pool"):
            self.names.unknown("thread", str(name), path, ("main", *self.names.threads), key=key)

    def _vars(self) -> dict[str, Any]:
        final: dict[str, Any] = {}
        for name, value in self.expect.vars.items():
            path: Path = ("expect", "vars", name)
            self._resource(name, path, frozenset({"var"}))
            final[name] = self.names.constant(value, path)
            self.places[f"vars.{name}"] = self._place("vars", name)
        return final

    def _queues(self) -> dict[str, ExpectedQueue]:
        queues: dict[str, ExpectedQueue] = {}
        for name, queue in self.expect.queues.items():
            path: Path = ("expect", "queues", name)
            self._resource(name, path, QUEUES if queue.unfinished is None else COUNTING_QUEUES)
            size = None if queue.size is None else self.names.number(queue.size, (*path, "size"), 0)
            unfinished = None if queue.unfinished is None else self.names.number(queue.unfinished, (*path, "unfinished"), 0)
            items = None if queue.items is None else self.names.constant(queue.items, (*path, "items"))
            queues[name] = ExpectedQueue(size, unfinished, items)
            self.places[f"queues.{name}"] = self._place("queues", name)
        return queues

    def _resource(self, name: str, path: Path, kinds: frozenset[str]) -> None:
        if name not in self.resources:
            known = (each for each, resource in self.resources.items() if resource.kind in kinds)
            self.names.unknown("resource", name, path, known, key=True)
        elif self.resources[name].kind not in kinds:
            kind = self.resources[name].kind
            self.names.problem("wrong-kind", f"{name!r} is {with_article(kind)}; expected {either(sorted(kinds))}", path, key=True)
