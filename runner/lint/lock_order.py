"""Locks that threads take in orders that form a circle: each could hold one and wait for the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runner.errors import Place
from runner.lint.rule import DEADLOCK, Found, Rule
from runner.lint.state import Event
from runner.lint.study import Actor, Study
from runner.program import ops
from runner.program.kinds import HAVE_A_LOCK

LONGEST = 32
"""Locks in a circle that is looked for."""
TRIES = 5_000
"""Steps of the search, for all circles."""
SHOWN = 3
"""Threads of a circle that a hint tells of."""


@dataclass(frozen=True, slots=True)
class _Order:
    """A thread takes one lock while it holds another."""

    actor: Actor
    first: str
    first_at: Place
    second: str
    event: Event

    @property
    def others_held(self) -> frozenset[str | None]:
        """What else it holds then."""
        return frozenset(hold.name for hold in self.event.held if hold.name != self.first)


def _check(study: Study) -> Iterator[Found]:
    orders: dict[str, list[_Order]] = {}
    known: set[tuple[int, str, str, frozenset[str | None]]] = set()
    for actor, event in study.events(ops.Acquire):
        op = event.op
        if not isinstance(op, ops.Acquire) or not op.blocking or op.timeout is not None or event.on is None:
            continue
        second = study.locks[event.on]
        if not _is_lock(study, second) or event.may_hold(second):
            continue  # an RLock taken again waits for nobody, and a Lock taken again is another rule's
        for hold in event.held:
            if hold.name is None or not _is_lock(study, hold.name):
                continue
            order = _Order(actor, hold.name, hold.place, second, event)
            key = (id(actor), order.first, second, order.others_held)
            if key not in known:
                known.add(key)
                orders.setdefault(hold.name, []).append(order)
    reported: set[str] = set()
    for circle in _circles(study, orders):
        locks = {order.first for order in circle}
        if not locks & reported:
            reported |= locks
            yield _found(circle)


def _is_lock(study: Study, name: str) -> bool:
    return study.kind(name) in HAVE_A_LOCK


def _circles(study: Study, orders: dict[str, list[_Order]]) -> Iterator[list[_Order]]:
    """Find circles by threads that may all be in them at once, the shorter first."""
    left = TRIES
    for longest in sorted({2, 3, 5, LONGEST}):
        for start in orders:
            stack = [[order] for order in orders[start]]
            while stack and left > 0:
                left -= 1
                trail = stack.pop()
                for order in orders.get(trail[-1].second, ()):
                    if not _joins(study, trail, order):
                        continue
                    if order.second == start:
                        if not _gated(study, [*trail, order]):
                            yield [*trail, order]
                    elif len(trail) + 1 < longest and all(order.second != earlier.first for earlier in trail):
                        stack.append([*trail, order])


def _joins(study: Study, trail: list[_Order], order: _Order) -> bool:
    """Say whether one more thread may be at it while those of the trail are."""
    alike = [earlier for earlier in trail if earlier.actor is order.actor]
    if len(alike) >= order.actor.number:
        return False
    if order.actor.lane is not None and any(earlier.actor.lane == order.actor.lane for earlier in trail):
        return False
    return not any(
        study.in_turn(earlier.actor, earlier.event, order.actor, order.event) for earlier in trail if earlier.actor is not order.actor
    )


def _gated(study: Study, circle: list[_Order]) -> bool:
    """Say whether all hold something in common that does not let so many in; what is not known may be that."""
    common = frozenset.intersection(*(order.others_held for order in circle))
    if any(None in order.others_held for order in circle):
        return True
    for name in common:
        value = study.program.resources[name].options.get("value", 1) if name is not None else 1
        if _is_lock(study, str(name)) or value < len(circle):
            return True
    return False


def _found(circle: list[_Order]) -> Found:
    first = min(range(len(circle)), key=lambda index: (circle[index].event.op.place.line, circle[index].actor.name))
    circle = circle[first:] + circle[:first]
    locks = " → ".join([order.first for order in circle] + [circle[0].first])
    told = [_told(order, index, circle) for index, order in enumerate(circle[:SHOWN])]
    more = [f"and {len(circle) - SHOWN} more"] if len(circle) > SHOWN else []
    return Found(
        circle[0].event.op.place,
        f"lock-order inversion: threads acquire {locks}, each holding one and waiting for the next",
        "; ".join([*told, *more]) + "; take them in one order everywhere",
    )


def _told(order: _Order, index: int, circle: list[_Order]) -> str:
    before = sum(1 for earlier in circle[:index] if earlier.actor is order.actor)
    name = order.actor.names[before] if before < len(order.actor.names) else f"another {order.actor.name.removeprefix('a ')}"
    return f"{name} holds {order.first} (line {order.first_at.line}) and acquires {order.second} (line {order.event.op.place.line})"


RULES = (
    Rule(
        "lock-order",
        "Threads acquire locks in orders that form a circle: each may hold one and wait for the next, for ever. "
        "Whether it happens depends on the schedule.",
        "Acquire them in one order everywhere, or hold one more lock around both.",
        _check,
        DEADLOCK,
    ),
)
