"""Waits that nothing can end: nobody sets, notifies, puts or releases what they wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runner.lint.rule import DEADLOCK, Found, Rule
from runner.lint.study import Study
from runner.program import ops
from runner.program.kinds import QUEUES, SEMAPHORES
from runner.program.ops import Op

Check = Callable[[Study], Iterator[Found]]


def _nobody(waits: tuple[type[Op], ...], kinds: frozenset[str], ends: tuple[type[Op], ...], message: str, hint: str) -> Check:
    def check(study: Study) -> Iterator[Found]:
        reported: set[str] = set()
        for _, event in study.events(*waits):
            name = event.on
            if name is None or name in reported or study.kind(name) not in kinds or not _for_ever(event.op):
                continue
            reported.add(name)
            if study.program.resources[name].options.get("value", 0) == 0 and not study.anybody(name, *ends):
                yield Found(event.op.place, message.format(name=repr(name)), hint)

    return check


def _for_ever(op: Op) -> bool:
    """Say whether an op waits without end."""
    return getattr(op, "timeout", None) is None and getattr(op, "blocking", True) and getattr(op, "block", True)


_event = _nobody(
    (ops.Wait,),
    ops.SetEvent.kinds,
    (ops.SetEvent,),
    "nobody ever sets {name}: this waits for ever",
    "`set` it, or give a timeout",
)
_condition = _nobody(
    (ops.Wait, ops.WaitFor),
    ops.Notify.kinds,
    (ops.Notify, ops.NotifyAll),
    "nobody ever notifies {name}: whoever begins to wait here never wakes",
    "`notify` it where what is waited for comes true, or give a timeout",
)
_queue = _nobody(
    (ops.Get,),
    QUEUES,
    (ops.Put, ops.Shutdown),
    "nobody ever puts anything into {name}: this waits for ever",
    "`put` something, or give a timeout",
)
_semaphore = _nobody(
    (ops.Acquire,),
    SEMAPHORES,
    (ops.Release,),
    "{name} is 0 at first and nobody ever releases it: this waits for ever",
    "`release` it, or give a timeout",
)

RULES = (
    Rule(
        "event-never-set",
        "A thread waits, without a timeout, for an event that nobody ever sets.",
        "Set it, or give a timeout.",
        _event,
        DEADLOCK,
    ),
    Rule(
        "condition-never-notified",
        "A thread waits, without a timeout, on a condition that nobody ever notifies.",
        "Notify it where what is waited for comes true.",
        _condition,
        DEADLOCK,
    ),
    Rule(
        "queue-never-filled",
        "A thread takes from a queue, without a timeout, into which nobody ever puts anything.",
        "Put something into it, or give a timeout.",
        _queue,
        DEADLOCK,
    ),
    Rule(
        "semaphore-never-released",
        "A thread acquires, without a timeout, a semaphore that is 0 at first and that nobody ever releases.",
        "Release it, or start with a higher `value`.",
        _semaphore,
        DEADLOCK,
    ),
)
