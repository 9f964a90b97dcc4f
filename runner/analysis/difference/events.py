"""What became of events: moved, changed, waiting, new, gone; threads and resources that only one trace has; steps at other paths."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from runner.analysis.difference.changes import Change, Kind
from runner.analysis.difference.keys import Names, Side, value_key
from runner.analysis.difference.matching import Matching
from runner.analysis.difference.renames import resource_names, thread_names
from runner.trace import ABSENT, Trace

_FIELDS = ("op", "on", "value", "result", "by", "error")


class EventChanges:
    """Looks for what became of the events of two traces, once it is known which are the same."""

    def __init__(self, expected: Trace, actual: Trace, names: Names, both: tuple[Side, Side], matching: Matching) -> None:
        self.expected, self.actual = expected, actual
        self.names, self.matching = names, matching
        self.gone, self.new = set(matching.gone), set(matching.new)
        self.left, self.right = both
        self.places = [{index: (thread, place) for thread, own in side.threads.items() for place, index in enumerate(own)} for side in both]

    def one_sided(self) -> Iterator[Change]:
        """Yield threads and resources that only one of the traces has, each with its events, of which `others` then says no more."""
        yield from self._only("thread", thread_names)
        yield from self._only("resource", resource_names)

    def others(self) -> Iterator[Change]:
        """Yield every other change of events but those of times."""
        yield from self._moved()
        yield from self._changed()
        yield from self._steps()
        yield from self._runs("gone", "not-blocked", 0, sorted(self.gone))
        yield from self._runs("new", "blocked", 1, sorted(self.new))
        yield from self._numbers()

    def anchors(self) -> list[tuple[int, int]]:
        """Return the events that are the same in both traces, and in the same order, but for time."""
        return [(one, other) for one, other in self.matching.stable if not any(self._fields(one, other))]

    def _fields(self, one: int, other: int) -> Iterator[str]:
        if self.left.content[one] == self.right.content[other]:
            return
        old, new = self.left.events[one], self.right.events[other]
        for field in _FIELDS:
            before, after = getattr(old, field), getattr(new, field)
            if value_key(before) != value_key(after) and not self.names.follows(before, after):
                yield field

    def _only(self, what: str, names_of: Callable[[Trace], dict[str, None]]) -> Iterator[Change]:
        """Yield threads, or resources, that only one of the traces has, and take their events from those to be told of."""
        names = {str(self.names.name(name)): name for name in names_of(self.expected)}, {name: name for name in names_of(self.actual)}
        kinds: dict[tuple[str, int], Kind] = {
            ("thread", 0): "thread-gone", ("thread", 1): "thread-new", ("resource", 0): "resource-gone", ("resource", 1): "resource-new",
        }  # fmt: skip
        for which, side, left in ((0, self.left, self.gone), (1, self.right, self.new)):
            missing = [name for name in names[which] if name not in names[1 - which]]
            if not missing:
                continue
            events: dict[str, list[int]] = {name: [] for name in missing}
            for index in sorted(left):
                event = side.events[index]
                for name in (event.thread, event.on) if what == "thread" else (event.on,):
                    if name in events:
                        events[name].append(index)
                        break
            for name, own in events.items():
                if what == "resource" and len(own) < 2:
                    continue  # its one event, or its final state, says as much
                left.difference_update(own)
                concerned = tuple((self.expected, self.actual)[which].events[index] for index in own)
                yield Change(
                    kinds[what, which],
                    name if what == "thread" else None,
                    subject=name,
                    **{("expected", "actual")[which]: concerned},  # type: ignore[arg-type]
                )

    def _moved(self) -> Iterator[Change]:
        """Yield what came to another place, neighbours of a thread together, with the nearest event that it passed."""
        stable = [one for one, _ in self.matching.stable], [other for _, other in self.matching.stable]
        blocks: dict[tuple[str, int, int, str, int], list[tuple[int, int]]] = {}
        for one, other in self.matching.moved:
            was, now = bisect_left(stable[0], one), bisect_left(stable[1], other)
            where, beside = ("before", now) if now < was else ("after", now - 1)
            (thread, place), (_, other_place) = self.places[0][one], self.places[1][other]
            block = blocks.pop((thread, place, other_place, where, beside), [])  # the block that ends right before, if there is one
            blocks[thread, place + 1, other_place + 1, where, beside] = [*block, (one, other)]
        for (_, _, _, where, beside), block in blocks.items():
            expected = tuple(self.expected.events[one] for one, _ in block)
            actual = tuple(self.actual.events[other] for _, other in block)
            yield Change("moved", actual[0].thread, expected, actual, where, beside=self.actual.events[stable[1][beside]])

    def _changed(self) -> Iterator[Change]:
        for one, other in self.matching.pairs:
            for field in self._fields(one, other):
                old, new = self.expected.events[one], self.actual.events[other]
                before = getattr(self.left.events[one], field)
                after = getattr(new, field)
                yield Change(
                    "changed", new.thread, (old,), (new,), field, ABSENT if before is None else before, ABSENT if after is None else after
                )

    def _steps(self) -> Iterator[Change]:
        """Yield steps that are at another path: one change for all events of a step."""
        moved: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for one, other in self.matching.pairs:
            path = self.expected.events[one].at
            if self.names.following.get(path, path) != self.actual.events[other].at:
                moved.setdefault((path, self.actual.events[other].at), []).append((one, other))
        for (old, new), pairs in moved.items():
            expected = tuple(self.expected.events[one] for one, _ in pairs)
            actual = tuple(self.actual.events[other] for _, other in pairs)
            subject = "moved" if self.names.paths.get(old) == new else None
            yield Change("step", actual[0].thread, expected, actual, subject, old, new)

    def _runs(self, kind: Kind, blocked: Kind, which: int, left: Sequence[int]) -> Iterator[Change]:
        """Yield what only one trace has: neighbours of a thread together, waits each for itself."""
        trace, places = (self.expected, self.actual)[which], self.places[which]
        named = ("expected", "actual")[which]
        runs: dict[str, list[list[int]]] = {}
        passed: set[tuple[str, int]] = set()
        for index in left:
            thread, place = places[index]
            if trace.events[index].op == "blocked":
                passed.add((thread, place))
                event = trace.events[index]
                yield Change(blocked, self._thread(event.thread, which), subject=event.on, **{named: (event,)})  # type: ignore[arg-type]
                continue
            own = runs.setdefault(thread, [])
            before = place - 1
            while (thread, before) in passed:
                before -= 1
            if own and places[own[-1][-1]][1] == before:
                own[-1].append(index)
            else:
                own.append([index])
        for run in sorted(run for own in runs.values() for run in own):
            events = tuple(trace.events[index] for index in run)
            yield Change(kind, self._thread(events[0].thread, which), **{named: events})  # type: ignore[arg-type]

    def _thread(self, name: str, which: int) -> str:
        return name if which else self.names.threads.get(name, name)

    def _numbers(self) -> Iterator[Change]:
        """Yield events that are not numbered as their place has it, where they are in one trace only."""
        odd = [
            (self.expected.events[one], self.actual.events[other])
            for one, other in self.matching.pairs
            if self.expected.events[one].n - one != self.actual.events[other].n - other
        ]
        if odd:
            yield Change(
                "numbers", odd[0][1].thread, tuple(old for old, _ in odd), tuple(new for _, new in odd), old=odd[0][0].n, new=odd[0][1].n
            )
