"""The kinds of resource, one model each, told apart by `kind`."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, Field

from runner.spec.fields import Arguments, Count, CountFromZero, Duration, Flag, Maybe, Reference, Value
from runner.spec.forms import STRICT


class Section(BaseModel):
    """A mapping of the file that is not a verb's."""

    model_config = STRICT


class Resource(Section):
    """What every resource may have besides its kind."""

    count: Maybe[Count] = None
    """Make this many, named NAME-0, NAME-1, …"""


class Lock(Resource):
    """A threading.Lock."""

    kind: Literal["lock"]


class RLock(Resource):
    """A threading.RLock: its holder may acquire it again."""

    kind: Literal["rlock"]


class Condition(Resource):
    """A threading.Condition."""

    kind: Literal["condition"]
    lock: Maybe[Reference] = None
    """The lock or rlock it is on; left out, it has an RLock of its own."""


class Semaphore(Resource):
    """A threading.Semaphore."""

    kind: Literal["semaphore"]
    value: CountFromZero = 1
    """How many may hold it at once."""


class BoundedSemaphore(Resource):
    """A threading.BoundedSemaphore: releasing more often than acquiring raises ValueError."""

    kind: Literal["bounded_semaphore"]
    value: CountFromZero = 1
    """How many may hold it at once."""


class Event(Resource):
    """A threading.Event, clear at first."""

    kind: Literal["event"]


class Barrier(Resource):
    """A threading.Barrier."""

    kind: Literal["barrier"]
    parties: Count
    """How many threads must wait on it before all go on."""
    timeout: Maybe[Duration] = None
    """How long each wait may take at the most, when it does not say itself."""


class Queue(Resource):
    """A queue.Queue: first in, first out."""

    kind: Literal["queue"]
    maxsize: CountFromZero = 0
    """How many items it holds at the most; 0 is without end."""


class LifoQueue(Resource):
    """A queue.LifoQueue: last in, first out."""

    kind: Literal["lifo_queue"]
    maxsize: CountFromZero = 0
    """How many items it holds at the most; 0 is without end."""


class PriorityQueue(Resource):
    """A queue.PriorityQueue: smallest first. Items must be comparable; lists compare item by item."""

    kind: Literal["priority_queue"]
    maxsize: CountFromZero = 0
    """How many items it holds at the most; 0 is without end."""


class SimpleQueue(Resource):
    """A queue.SimpleQueue: without end, without task_done and join."""

    kind: Literal["simple_queue"]


class Pool(Resource):
    """A concurrent.futures.ThreadPoolExecutor. At the end the main thread waits for what was submitted."""

    kind: Literal["pool"]
    max_workers: Count = 1
    """How many threads it has at the most, named NAME_0, NAME_1, …"""


class Timer(Resource):
    """A threading.Timer: a thread that waits, then runs a function, unless it is cancelled before. It is started like a thread."""

    kind: Literal["timer"]
    interval: Duration
    """How long it waits."""
    function: Reference
    """The function it runs."""
    args: Arguments = Field(default_factory=list)
    """Its arguments: a list by position, or a mapping by name."""
    daemon: Flag = False
    """true: the run does not wait for it at the end."""


class Local(Resource):
    """A threading.local: each thread has its own attributes, set by `set: {NAME.ATTRIBUTE: …}` and read as `${NAME.ATTRIBUTE}`."""

    kind: Literal["local"]


class Var(Resource):
    """A variable that all threads share. Reading it and writing it are separate steps."""

    kind: Literal["var"]
    value: Value = None
    """Its value at the start."""


AnyResource = Annotated[
    Lock
    | RLock
    | Condition
    | Semaphore
    | BoundedSemaphore
    | Event
    | Barrier
    | Queue
    | LifoQueue
    | PriorityQueue
    | SimpleQueue
    | Pool
    | Timer
    | Local
    | Var,
    Field(discriminator="kind"),
]
RESOURCES: dict[str, type[Resource]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(get_args(AnyResource)[0])
}
"""Kind → its model, in the language's own order."""
