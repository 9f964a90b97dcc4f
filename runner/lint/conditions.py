"""Conditions: what must be held to use one, and what must be looked at after a wait."""

from __future__ import annotations

from collections.abc import Iterator

from runner.lint.loops import Loops
from runner.lint.rule import EITHER, FAILED, Found, Rule
from runner.lint.state import CAUGHT
from runner.lint.study import Study
from runner.program import ops
from runner.program.ops import Op


def _without_lock(study: Study, *kinds: type[Op]) -> Iterator[Found]:
    for actor, events in study.by_place(*kinds):
        on = events[0].on
        if on is None or study.kind(on) != "condition":
            continue
        lock = study.locks[on]
        if not any(event.may_hold(lock) or CAUGHT in event.marks for event in events):
            what = "its lock" if lock == on else f"{lock!r}"
            unless = ", unless it need not wait" if isinstance(events[0].op, ops.WaitFor) else ""
            yield Found(
                events[0].op.place,
                f"{actor.name} does not hold {what} when it calls {events[0].op.verb} on {on!r}: that raises RuntimeError{unless}",
                f"put it into `with: {{lock: {on}, do: […]}}`",
            )


def _wait_unheld(study: Study) -> Iterator[Found]:
    return _without_lock(study, ops.Wait, ops.WaitFor)


def _notify_unheld(study: Study) -> Iterator[Found]:
    return _without_lock(study, ops.Notify, ops.NotifyAll)


def _no_loop(study: Study) -> Iterator[Found]:
    loops: Loops | None = None
    for _, events in study.by_place(ops.Wait):
        event = events[0]
        if study.kind(event.on) != "condition" or not isinstance(event.op, ops.Wait) or event.op.timeout is not None:
            continue
        loops = loops or Loops(study.program)
        if not loops.tests_again(event.code, event.position):
            yield Found(
                event.op.place,
                f"a wait on {event.on!r} in no loop: what it waits for may have been before, or be over again",
                f"wait_for: {{condition: {event.on}, until: …}} looks before and after",
            )


RULES = (
    Rule(
        "wait-outside-loop",
        "A `wait` on a condition stands in no loop that tests what is waited for. A notification from before is lost, and another thread "
        "may come first after one.",
        "Use `wait_for`, or `while` with the test around the `wait`.",
        _no_loop,
        EITHER,
    ),
    Rule(
        "wait-without-lock",
        "A thread waits on a condition whose lock it does not hold, which raises `RuntimeError`.",
        "Put the `wait` into a `with` of the condition.",
        _wait_unheld,
        FAILED,
    ),
    Rule(
        "notify-without-lock",
        "A thread notifies a condition whose lock it does not hold, which raises `RuntimeError`.",
        "Put the change and the `notify` into one `with` of the condition.",
        _notify_unheld,
        FAILED,
    ),
)
