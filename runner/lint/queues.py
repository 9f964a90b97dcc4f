"""The count of a queue's unfinished items: `task_done` and `join`."""

from __future__ import annotations

from collections.abc import Iterator

from runner.lint.rule import DEADLOCK, FAILED, Found, Rule
from runner.lint.state import CAUGHT
from runner.lint.study import Study
from runner.program import ops
from runner.program.kinds import COUNTING_QUEUES


def _done_without_get(study: Study) -> Iterator[Found]:
    for _, events in study.by_place(ops.TaskDone):
        name = events[0].on
        if name is not None and not study.anybody(name, ops.Get) and not any(CAUGHT in event.marks for event in events):
            yield Found(
                events[0].op.place,
                f"task_done of {name!r}, from which nobody ever takes anything",
                "call it once for each item that `get` gave",
            )


def _join_without_done(study: Study) -> Iterator[Found]:
    for _, events in study.by_place(ops.Join):
        name = events[0].on
        if name is None or study.kind(name) not in COUNTING_QUEUES:
            continue
        fills = any(event.on == name for _, event in study.events(ops.Put))
        if fills and not study.anybody(name, ops.TaskDone, ops.Shutdown):
            yield Found(
                events[0].op.place,
                f"nobody ever calls task_done for {name!r}: once something is put, this join never returns",
                "call `task_done` after each item that `get` gave",
            )


RULES = (
    Rule(
        "task-done-without-get",
        "`task_done` is called for a queue from which nobody takes anything.",
        "Call it once for each item that was taken and is dealt with.",
        _done_without_get,
        FAILED,
    ),
    Rule(
        "join-without-task-done",
        "A thread joins a queue into which something is put, and nobody ever calls `task_done` for it.",
        "Call `task_done` after each item, or join the threads instead.",
        _join_without_done,
        DEADLOCK,
    ),
)
