"""The verbs' mapping forms: one model for each verb that has one. What a step is, and which verbs there are, is in steps.py.

A verb's short form (`acquire: guard`) is folded into its mapping form before validation, so there is one shape after it.
Attribute docstrings are what editors show on hover. Forms with steps inside are complete once steps.py is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from runner.spec.fields import (
    Arguments,
    Callable,
    Count,
    Duration,
    ExceptionName,
    Expression,
    Flag,
    Identifier,
    Maybe,
    Reference,
    References,
    Text,
    Value,
    wrong_type,
)

if TYPE_CHECKING:
    from runner.spec.steps import Steps

STRICT = ConfigDict(
    extra="forbid",
    frozen=True,
    alias_generator=lambda name: name.rstrip("_"),
    serialize_by_alias=True,
)


class Form(BaseModel):
    """A verb's mapping form. `short` names the field that a bare value stands for, if the verb has a short form."""

    model_config = STRICT
    short: ClassVar[str | None] = None

    @model_validator(mode="before")
    @classmethod
    def _unfold(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        if cls.short is None or value is None:
            keys = ", ".join(f.alias or n for n, f in cls.model_fields.items())
            raise wrong_type(f"a mapping with {keys}", value)
        return {cls.short: value}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        if cls.short is None:
            return schema
        schema = handler.resolve_ref_schema(schema)
        mapping = dict(schema)
        described: dict[str, Any] = {key: mapping.pop(key) for key in ("title", "description") if key in mapping}
        schema.clear()
        schema.update(described, anyOf=[mapping["properties"][cls.short], mapping])
        return schema


class Acquire(Form):
    """Acquire a lock, rlock, condition or semaphore, as its `acquire` method does."""

    short = "lock"
    lock: Reference
    """What to acquire: a lock, rlock, condition or semaphore."""
    blocking: Flag = True
    """false: do not wait; see `as` for whether it worked."""
    timeout: Maybe[Duration] = None
    """How long to wait at the most."""
    as_: Maybe[Identifier] = None
    """Name for the result: true when acquired."""


class Release(Form):
    """Release a lock, rlock, condition or semaphore."""

    short = "lock"
    lock: Reference
    """What to release."""
    n: Count = 1
    """How many at once (semaphores only)."""


class With(Form):
    """Run steps while holding a lock, as Python's `with` statement does."""

    lock: Reference
    """What to hold: a lock, rlock, condition or semaphore."""
    do: Steps
    """The steps to run while holding it."""


class Atomic(Form):
    """Run steps that no other thread comes between, as if they were one. They may use variables and names only: nothing that waits."""

    short = "do"
    do: Steps
    """The steps."""


class Wait(Form):
    """Wait for an event to be set, a condition to be notified, or a barrier to fill."""

    short = "for"
    for_: Reference
    """The event, condition or barrier."""
    timeout: Maybe[Duration] = None
    """How long to wait at the most; a barrier breaks when it passes."""
    as_: Maybe[Identifier] = None
    """Name for the result: false when an event's or condition's wait timed out; a barrier's arrival index."""


class WaitFor(Form):
    """Wait on a condition until an expression is true, as `Condition.wait_for` does."""

    condition: Reference
    """The condition; it must be held."""
    until: Expression
    """The predicate; every variable it names is read each time it is tried."""
    timeout: Maybe[Duration] = None
    """How long to wait at the most."""
    as_: Maybe[Identifier] = None
    """Name for the result: the predicate's last value."""


class Notify(Form):
    """Wake threads that wait on a condition; it must be held."""

    short = "condition"
    condition: Reference
    """The condition."""
    n: Count = 1
    """How many to wake."""


class NotifyAll(Form):
    """Wake every thread that waits on a condition; it must be held."""

    short = "condition"
    condition: Reference
    """The condition."""


class Put(Form):
    """Put an item into a queue; waits while the queue is full."""

    queue: Reference
    """The queue."""
    item: Value
    """What to put."""
    block: Flag = True
    """false: raise queue.Full at once instead of waiting."""
    timeout: Maybe[Duration] = None
    """How long to wait at the most, then raise queue.Full."""


class Get(Form):
    """Take an item from a queue; waits while the queue is empty."""

    short = "queue"
    queue: Reference
    """The queue."""
    as_: Maybe[Identifier] = None
    """Name for the item."""
    block: Flag = True
    """false: raise queue.Empty at once instead of waiting."""
    timeout: Maybe[Duration] = None
    """How long to wait at the most, then raise queue.Empty."""


class TaskDone(Form):
    """Say that an item taken from a queue is dealt with."""

    short = "queue"
    queue: Reference
    """The queue."""


class Shutdown(Form):
    """Shut a pool or a queue down, as its `shutdown` method does. Queues have one from Python 3.13 on."""

    short = "resource"
    resource: Reference
    """The pool or the queue."""
    wait: Maybe[Flag] = None
    """Pools: false does not wait for what was submitted; the default is true."""
    cancel_futures: Maybe[Flag] = None
    """Pools: true cancels what no worker has begun with."""
    immediate: Maybe[Flag] = None
    """Queues: true drops the items that are left in it."""


class Submit(Form):
    """Submit a function to a pool; one of its workers runs it."""

    pool: Reference
    """The pool."""
    function: Reference
    """The function's name."""
    args: Arguments = Field(default_factory=list)
    """Its arguments: a list by position, or a mapping by name."""
    as_: Maybe[Identifier] = None
    """Name for the future, which `result` and `cancel` take as `${name}`."""


class Result(Form):
    """Wait for what a submitted function returns, as `Future.result` does; what it raised is raised here."""

    short = "future"
    future: Reference
    """The future: `${name}`, with the name that `submit` gave it."""
    timeout: Maybe[Duration] = None
    """How long to wait at the most, then raise TimeoutError."""
    as_: Maybe[Identifier] = None
    """Name for the result."""


class Cancel(Form):
    """Cancel a timer that has not run out, or a future that no worker has begun with."""

    short = "what"
    what: Reference
    """A timer, or a future as `${name}`."""
    as_: Maybe[Identifier] = None
    """Name for the result: true if a future was cancelled."""


class Join(Form):
    """Wait until threads end, or until every item of a queue is done."""

    short = "thread"
    thread: References
    """A thread or timer, a list of them, or (in the short form) a queue. A thread with `count` stands for all its replicas."""
    timeout: Maybe[Duration] = None
    """How long to wait for each thread at the most."""


class Start(Form):
    """Start threads and timers, in the order given. A thread with `count` stands for all its replicas."""

    short = "threads"
    threads: References
    """A thread or timer, or a list of them."""


class Read(Form):
    """Read a shared variable: one step that other threads may come before or after."""

    var: Reference
    """The variable."""
    as_: Identifier
    """Name for the value read."""


class Write(Form):
    """Write a shared variable: one step that other threads may come before or after."""

    var: Reference
    """The variable."""
    value: Value
    """The new value."""


class Repeat(Form):
    """Run steps a number of times."""

    times: Count
    """How many times."""
    as_: Maybe[Identifier] = None
    """Name for the turn's number, from 0."""
    do: Steps
    """The steps."""


class For(Form):
    """Run steps once for each item of a list."""

    each: Identifier
    """Name for the item."""
    in_: Value
    """The list, or an expression that gives one."""
    do: Steps
    """The steps."""


class While(Form):
    """Run steps as long as an expression is true."""

    test: Expression
    """The expression, tried before each turn."""
    do: Steps
    """The steps."""


class Forever(Form):
    """Run steps again and again; `break` leaves."""

    short = "do"
    do: Steps
    """The steps."""


class If(Form):
    """Choose steps by an expression."""

    test: Expression
    """The expression."""
    then: Steps
    """The steps when it is true."""
    else_: Maybe[Steps] = None
    """The steps when it is false."""


class Try(Form):
    """Run steps, and others when an exception comes out of them, as Python's `try` statement does."""

    do: Steps
    """The steps to try."""
    except_: Maybe[dict[ExceptionName, Steps]] = None
    """Exception → the steps for it. The first that fits is taken; RuntimeError also stands for its subclasses, Exception for all."""
    as_: Maybe[Identifier] = None
    """Name, in the steps under `except`, for a text with the exception's name, and its message where the scenario wrote it."""
    else_: Maybe[Steps] = None
    """Steps for when there was no exception."""
    finally_: Maybe[Steps] = None
    """Steps for whichever way it ends."""

    @model_validator(mode="after")
    def _has_more(self) -> Self:
        if self.except_ is None and self.finally_ is None:
            raise PydanticCustomError("missing-key", "`try` needs `except` or `finally`")
        if self.except_ is None and (self.else_ is not None or self.as_ is not None):
            raise PydanticCustomError("missing-key", "`else` and `as` of a `try` go with `except`")
        return self


class Raise(Form):
    """Raise an exception. Alone, under `except`, it raises the one that is being dealt with again."""

    short = "error"
    error: ExceptionName
    """The exception, by Python's name: RuntimeError, ValueError, queue.Empty…"""
    message: Maybe[Text] = None
    """What it says."""


class Assert(Form):
    """Fail this thread unless an expression is true."""

    short = "that"
    that: Expression
    """The expression."""
    message: Maybe[Text] = None
    """What to say when it is false."""


class Run(Form):
    """Run a function in this thread."""

    short = "function"
    function: Reference
    """The function's name."""
    args: Arguments = Field(default_factory=list)
    """Its arguments: a list by position, or a mapping by name."""
    as_: Maybe[Identifier] = None
    """Name for what it returns."""


class Call(Form):
    """Call a function of Python code, in this thread. Its module must be allowed: `--allow-call MODULE`."""

    short = "function"
    function: Callable
    """The function, as `package.module:name`."""
    args: Arguments = Field(default_factory=list)
    """Its arguments: a list by position, or a mapping by name. `{use: NAME}` hands over a resource."""
    as_: Maybe[Identifier] = None
    """Name for what it returns."""
