"""The verbs: one model a verb, and `Step`, a mapping with exactly one of them as its key.

`Step` is one object model rather than a union of step models: a typo then gives one exact error instead of a hundred.
A verb's short form (`acquire: guard`) is folded into its mapping form before validation, so there is one shape after it.
Attribute docstrings are what editors show on hover.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from runner.spec.fields import (
    Arguments,
    Count,
    Duration,
    ExceptionName,
    Expression,
    Flag,
    Identifier,
    Maybe,
    Nothing,
    Reference,
    ReferenceOrWrites,
    References,
    Target,
    Text,
    Value,
    kind_of,
    wrong_type,
)

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


class Step(BaseModel):
    """One step: a mapping with exactly one key, its verb."""

    model_config = STRICT

    sleep: Duration | None = None
    """Sleep for a duration: seconds, or text with a unit (10ms, 1.5s, 2m)."""
    print: Value | None = None
    """Print text; `${…}` in it is computed."""
    acquire: Acquire | None = None
    release: Release | None = None
    with_: With | None = None
    atomic: Atomic | None = None
    wait: Wait | None = None
    wait_for: WaitFor | None = None
    notify: Notify | None = None
    notify_all: NotifyAll | None = None
    set: ReferenceOrWrites | None = None
    """Set an event (`set: ready`), or write shared variables (`set: {total: "${total + 1}"}`) or locals (`set: {ctx.user: ann}`)."""
    clear: Reference | None = None
    """Clear an event."""
    abort: Reference | None = None
    """Break a barrier: whoever waits on it, now or later, gets BrokenBarrierError."""
    reset: Reference | None = None
    """Make a barrier empty and whole again; whoever waits on it gets BrokenBarrierError."""
    put: Put | None = None
    get: Get | None = None
    task_done: TaskDone | None = None
    submit: Submit | None = None
    result: Result | None = None
    cancel: Cancel | None = None
    shutdown: Shutdown | None = None
    join: Join | None = None
    start: Start | None = None
    read: Read | None = None
    write: Write | None = None
    let: dict[Target, Value] | None = None
    """Give names to values in this thread only."""
    repeat: Repeat | None = None
    for_: For | None = None
    while_: While | None = None
    forever: Forever | None = None
    if_: If | None = None
    break_: Nothing = None
    """Leave the innermost loop."""
    continue_: Nothing = None
    """Go on with the innermost loop's next turn."""
    try_: Try | None = None
    raise_: Raise | None = None
    assert_: Assert | None = None
    run: Run | None = None
    return_: Value | None = None
    """Leave the function, or the thread's own steps, with a value for whoever ran it."""

    @model_validator(mode="before")
    @classmethod
    def _one_verb(cls, value: Any) -> Any:
        if isinstance(value, str) and value in BARE_VERBS:
            return {value: None}
        if not isinstance(value, dict):
            raise PydanticCustomError(
                "no-verb", "a step is a mapping with one verb, such as `sleep: 1`; this is {what}", {"what": kind_of(value)}
            )
        if not value:
            raise PydanticCustomError("no-verb", "a step is a mapping with one verb, such as `sleep: 1`; this one is empty")
        if len(value) > 1:
            known = [str(key) for key in value if key in VERBS]
            if len(known) > 1:
                raise PydanticCustomError(
                    "two-verbs", "a step has one verb, this one has {verbs}: is a `-` missing?", {"verbs": " and ".join(known)}
                )
            if known:
                raise PydanticCustomError("two-verbs", "a step is one verb; {what}", {"what": _belongs_under(known[0], value)})
            raise PydanticCustomError("two-verbs", "a step has one key, its verb; this one has {keys}",
                                      {"keys": " and ".join(str(key) for key in value)})  # fmt: skip
        ((verb, content),) = value.items()
        if content is None and verb in VERBS and verb not in (*BARE_VERBS, "print"):
            raise PydanticCustomError("wrong-type", "`{verb}` needs a value behind its colon", {"verb": verb})
        return value

    @property
    def verb(self) -> str:
        """The step's verb, as written in the file."""
        (name,) = self.model_fields_set
        return name.rstrip("_")

    @property
    def content(self) -> Any:
        """What stands behind the verb: a `Form`, or a plain value for verbs without a mapping form."""
        (name,) = self.model_fields_set
        return getattr(self, name)


BARE_VERBS = ("break", "continue", "raise", "return")
"""Verbs that may take nothing, so a step may be the bare word."""

VERBS = frozenset(name.rstrip("_") for name in Step.model_fields)


ENOUGH = 200
"""Steps of one list that are no steps, after which the rest of it is not looked at: nobody reads further, and making a
quarter of a million errors takes seconds."""


def _belongs_under(verb: str, step: dict[Any, Any]) -> str:
    """Say how keys beside a verb get under it: further in when it has a mapping, else with a key of its own for what it has."""
    keys = ", ".join(str(key) for key in step if key not in VERBS)
    annotation = Step.model_fields[verb if verb in Step.model_fields else f"{verb}_"].annotation
    form = next((option for option in get_args(annotation) if isinstance(option, type) and issubclass(option, Form)), None)
    if isinstance(step[verb], dict) or form is None:
        return f"{keys} must be indented under `{verb}`"
    fields = [str(field.alias or name) for name, field in form.model_fields.items()]
    return f"`{verb}:` stands alone on its line here, and under it, indented, stand {', '.join(fields[:-1])} and {fields[-1]}"


def _steps(value: Any) -> Any:
    if not isinstance(value, list):
        raise wrong_type("a list of steps", value)
    if not value:
        raise PydanticCustomError("empty-steps", "expected at least one step; this list is empty")
    wrong = 0
    for position, step in enumerate(value):
        if not (len(step) == 1 and step.keys() <= VERBS if isinstance(step, dict) else step in BARE_VERBS):
            wrong += 1
            if wrong > ENOUGH:
                return value[: position + 1]
    return value


Steps = Annotated[list[Step], BeforeValidator(_steps), Field(min_length=1)]
for _form in Form.__subclasses__():  # those with steps inside are complete only now
    _form.model_rebuild()
Step.model_rebuild()
