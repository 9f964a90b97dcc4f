"""The compiled form of a scenario: frozen data with names resolved and control flow flattened. Knows nothing of YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.errors import Place, SourceText
from runner.program.exploring import ExploreSettings
from runner.program.ops import Access, Atomic, CallPython, Env, Footprint, Op
from runner.program.schedule import Schedule

PRINTED = "(printed)"
"""What a footprint calls the output; no resource or thread is likely to have the name."""
CALLED = "(called)"
"""What it calls all that Python code shares and no scenario declares: its globals, and objects that are handed from call to call."""


@dataclass(frozen=True, slots=True)
class Cleanup:
    """Where to go on when an exception leaves the ops from `start` up to `end`: at `target`, with the exception under `slot`."""

    start: int
    end: int
    target: int
    slot: str


@dataclass(frozen=True, slots=True)
class Code:
    """A function's ops, the main thread's, or a thread's own. `cleanups` are innermost first."""

    ops: tuple[Op, ...]
    cleanups: tuple[Cleanup, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as declared; `options` are its constructor's arguments, `shares` the names of what an op on it touches."""

    name: str
    kind: str
    place: Place
    options: Mapping[str, Any] = field(default_factory=dict)
    shares: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadProgram:
    """One thread: its code and the names it begins with. `subclass` is the scenario class it is an instance of."""

    name: str
    code: Code
    env: Env
    place: Place
    daemon: bool = False
    subclass: str | None = None
    raw: bool = False
    """Started by `_thread.start_new_thread`: nobody can join it, and the run does not wait for it."""
    interval: float | None = None
    """Seconds that a threading.Timer waits before it runs the code; None for threads that are no timers."""


@dataclass(frozen=True, slots=True)
class ExpectedQueue:
    """What must be in a queue at the end; None leaves it open."""

    size: int | None = None
    unfinished: int | None = None
    items: list[Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedOutcome:
    """One way in which a run may, must or must not end; what is left out may be anything. See `Expectation` for the same fields."""

    outcome: str = "completed"
    vars: Mapping[str, Any] = field(default_factory=dict)
    queues: Mapping[str, ExpectedQueue] = field(default_factory=dict)
    raises: Mapping[str, str] | None = None
    printed: tuple[str, ...] | None = None
    verdict: str = "allowed"
    """`allowed`, `forbidden`, or `required`: some interleaving must end so."""
    note: str = ""
    place: Place


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must hold at the end. `places` has the place of each part, by its path below `expect`."""

    outcome: str = "completed"
    raises: Mapping[str, str] | None = None
    """Thread → the exception that ends it; None leaves it open."""
    deadlock: tuple[str, ...] | None = None
    """Which threads wait for each other in a circle, in any order; None leaves it open."""
    vars: Mapping[str, Any] = field(default_factory=dict)
    queues: Mapping[str, ExpectedQueue] = field(default_factory=dict)
    printed: tuple[str, ...] | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    races: str = "allowed"
    """`allowed` or `forbidden`: whether accesses to a variable that nothing orders are a failure when exploring."""
    outcomes: tuple[ExpectedOutcome, ...] = ()
    """All ends that there may be, unless it lists forbidden ones only."""
    any_outcome: bool = False
    """Whether `outcomes` alone says how a run may end, as nothing else does."""

    @property
    def closed(self) -> bool:
        """Whether ends that are not listed are wrong."""
        return any(each.verdict != "forbidden" for each in self.outcomes)

    @property
    def ends(self) -> frozenset[str]:
        """What a run's outcome may be."""
        return frozenset((self.outcome, *(each.outcome for each in self.outcomes if each.verdict != "forbidden")))


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A function, a class or a parameter that is declared, and that nothing names. `of` is the function whose parameter it is."""

    what: str
    name: str
    place: Place
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A whole scenario, ready to run any number of times."""

    name: str
    case: str | None
    """Which of the file's cases, or of its pinned schedules; None in a file without cases."""
    source: SourceText
    fingerprint: str
    """Eight hex digits that change whenever the program's behaviour may."""
    params: Mapping[str, Any]
    """Parameters whose values differ from their defaults."""
    resources: Mapping[str, Resource]
    functions: Mapping[str, Code]
    classes: tuple[str, ...]
    threads: Mapping[str, ThreadProgram]
    groups: Mapping[str, tuple[str, ...]]
    """Declared thread name → its replicas, for threads with `count`."""
    main: Code
    exit_place: Place
    expect: Expectation
    unnamed: tuple[Unnamed, ...] = ()
    schedule: Schedule | None = None
    """What the file pins: the one schedule to run it by. `case` is then the pin's name, and its golden alone says what is right."""

    explore: ExploreSettings | None = None
    python: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """What `call`s call, and exceptions of such code, by how they are written, once they are imported: see `runner.compiler.imports`."""

    @property
    def calls(self) -> tuple[CallPython, ...]:
        """Every call of Python code, in the order of the file's bodies."""
        return tuple(op for code in self.codes for op in code.ops if isinstance(op, CallPython))

    @property
    def pinned_elsewhere(self) -> bool:
        """Whether the pinned schedule was made for another version of the program, so that it is only followed as far as it fits."""
        return self.schedule is not None and self.schedule.program != self.fingerprint

    @property
    def codes(self) -> tuple[Code, ...]:
        """Every body once: main's, then those of functions and threads. Replicas, and instances of a class, share theirs."""
        codes = (self.main, *self.functions.values(), *(thread.code for thread in self.threads.values()))
        return tuple({id(code): code for code in codes}.values())

    def footprint(self, op: Op, target: str | None) -> Footprint:
        """Return what an op touches, and how, given the name that it acts on (`None`: what is printed, if it prints).

        What Python code does between two ops of its own is part of the first, and nobody knows what it touches: so all of them conflict.
        An op on a condition touches the lock it is on as well. Ops with no footprint in common, or that both only read, commute.
        """
        if op.access is Access.NONE:
            return ()
        if isinstance(op, Atomic):
            return op.touches
        if isinstance(op, CallPython):
            return ((CALLED, op.access),)
        if target is None:
            return ((PRINTED, op.access),)
        names = self.resources[target].shares if target in self.resources else (target,)
        footprint = tuple((name, op.access) for name in names)
        return (*footprint, (CALLED, Access.WRITE)) if op.called else footprint

    def place_of(self, path: str) -> Place | None:
        """Return the place of the step at a path, as events give it."""
        return next((op.place for code in self.codes for op in code.ops if op.place.path == path), None)
