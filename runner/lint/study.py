"""What the whole of a scenario does: its threads with what each does, which could be at it at once, and what rules ask of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from runner.lint.state import ALONE, CLEAN, Event, GaveUpError, Marks, Walk, reached
from runner.lint.walk import Walker
from runner.program import Program, ops
from runner.program.ops import Env, Op

MOST_JOBS = 8
"""Submits of one function with different arguments that are told apart."""


@dataclass(slots=True)
class Actor:
    """Threads that do exactly the same, or a job of a pool. `main` has no others like it."""

    walk: Walk
    names: list[str]
    lane: str | None = None
    """The pool, of one worker, whose jobs run one after the other; None for what runs beside everything else."""
    often: bool = False
    """Whether there may be any number of it at once."""
    events: list[Event] = field(default_factory=list)
    begun: set[Marks] = field(default_factory=set)
    """The marks of whoever starts one of the threads, when it does."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.names[0]

    @property
    def number(self) -> int:
        """How many there may be at once, where that is known: two stand for any number."""
        return max(len(self.names), 2) if self.often else len(self.names)


class Study:
    """A program, and what is known of it. `actors` is empty, and `sure` false, where the walk gave up."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.walker = Walker(program)
        self.locks = self.walker.locks
        self.actors: list[Actor] = []
        self.never_started: tuple[str, ...] = ()
        try:
            if any(call.uses for call in program.calls):  # what is done with the locks it is handed, nobody knows
                raise GaveUpError
            self._meet()
            self.sure = True
        except GaveUpError:
            self.actors = []
            self.sure = False
        self._by_class: dict[type[Op], list[tuple[Actor, Event]]] = {}
        for actor in self.actors:
            for event in actor.events:
                self._by_class.setdefault(type(event.op), []).append((actor, event))

    def events(self, *kinds: type[Op]) -> Iterator[tuple[Actor, Event]]:
        """Yield each thread's events of some classes of ops."""
        for kind in kinds:
            yield from self._by_class.get(kind, ())

    def anybody(self, name: str, *kinds: type[Op]) -> bool:
        """Say whether anybody may do one of these to a resource: somebody does, or it is not known to what somebody does it."""
        return any(event.on is None or event.on == name for _, event in self.events(*kinds))

    def by_place(self, *kinds: type[Op]) -> Iterator[tuple[Actor, list[Event]]]:
        """Yield the events of some classes of ops, those together that are one thread's at one place, and on one resource."""
        together: dict[tuple[int, int, str | None], tuple[Actor, list[Event]]] = {}
        for actor, event in self.events(*kinds):
            together.setdefault((id(actor), id(event.op), event.on), (actor, []))[1].append(event)
        yield from together.values()

    def kind(self, name: str | None) -> str | None:
        """Return a resource's kind."""
        resource = self.program.resources.get(name) if name is not None else None
        return resource.kind if resource is not None else None

    def in_turn(self, one: Actor, event: Event, other: Actor, its: Event) -> bool:
        """Say whether main sees to it that two things are never done at the same time: one thread has ended before the other begins."""
        if one.name == "main" or other.name == "main":
            main, actor = (event, other) if one.name == "main" else (its, one)
            return ALONE in main.marks or all(("join", name) in main.marks for name in actor.names)
        for first, second in ((one, other), (other, one)):
            if second.begun and all(("join", name) in marks for marks in second.begun for name in first.names):
                return True
        return False

    # -- who there is ----------------------------------------------------------------------------------------------------

    def _meet(self) -> None:
        """Walk main, the threads that somebody starts, and what is submitted to pools."""
        program = self.program
        main = Actor(self.walker.walk(program.main, Env(thread="main"), (), frozenset({CLEAN, ALONE})), ["main"])
        self.actors.append(main)
        started: set[str] = set()
        alike: dict[int, Actor] = {}
        jobs: dict[tuple[str, str | None, int], Actor] = {}
        submitted: dict[str, int] = {}
        for position in count():
            if position == len(self.actors):
                break
            actor = self.actors[position]
            for walk in reached(actor.walk):
                actor.events += walk.events
                for submit, pool, env in walk.submits:
                    self._submit(submit, pool, env, jobs, submitted)
            for event in actor.events:
                if isinstance(event.op, ops.Start):
                    for name in program.threads if event.on is None else self.walker.threads_named(event.on):
                        if name not in started:
                            started.add(name)
                            self._begin(name, alike)
        self._note_starts()
        self.never_started = tuple(name for name in program.threads if name not in started)

    def _note_starts(self) -> None:
        actor_of = {name: actor for actor in self.actors for name in actor.names}
        for starter in self.actors:
            for event in starter.events:
                if isinstance(event.op, ops.Start):
                    for name in self.program.threads if event.on is None else self.walker.threads_named(event.on):
                        if name in actor_of:
                            actor_of[name].begun.add(event.marks)

    def _begin(self, name: str, alike: dict[int, Actor]) -> None:
        thread = self.program.threads[name]
        walk = self.walker.walk(thread.code, thread.env, (), frozenset({CLEAN}))
        self.walker.spend()
        actor = alike.get(id(walk))
        if actor is None:
            actor = alike[id(walk)] = Actor(walk, [])
            self.actors.append(actor)
        actor.names.append(name)

    def _submit(
        self, submit: ops.Submit, pool: str | None, env: Env, jobs: dict[tuple[str, str | None, int], Actor], submitted: dict[str, int]
    ) -> None:
        submitted[submit.function] = submitted.get(submit.function, 0) + 1
        if submitted[submit.function] > MOST_JOBS:
            env = Env()
        walk = self.walker.walk(self.program.functions[submit.function], env, (), frozenset({CLEAN}))
        key = (submit.function, pool, id(walk))
        if key in jobs:
            return
        alone = pool is not None and self.program.resources[pool].options.get("max_workers") == 1
        actor = jobs[key] = Actor(walk, [f"a job of {pool or 'a pool'}"], pool if alone else None, often=not alone)
        self.actors.append(actor)
