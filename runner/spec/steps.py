"""What a step is: a mapping with exactly one verb as its key.

`Step` is one object model rather than a union of step models: a typo then gives one exact error instead of a hundred.
"""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from runner.spec.fields import Duration, Nothing, Reference, ReferenceOrWrites, Target, Value, kind_of, wrong_type
from runner.spec.forms import (
    STRICT,
    Acquire,
    Assert,
    Atomic,
    Call,
    Cancel,
    For,
    Forever,
    Form,
    Get,
    If,
    Join,
    Notify,
    NotifyAll,
    Put,
    Raise,
    Read,
    Release,
    Repeat,
    Result,
    Run,
    Shutdown,
    Start,
    Submit,
    TaskDone,
    Try,
    Wait,
    WaitFor,
    While,
    With,
    Write,
)


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
    call: Call | None = None
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

    def parts(self) -> tuple[str, Any]:
        """Return the verb, as written in the file, and what stands behind it: a `Form`, or a plain value where there is no such form."""
        (name,) = self.__pydantic_fields_set__  # `model_fields_set` is a property, and this is asked of every step several times
        return WORDS[name], self.__dict__[name]


BARE_VERBS = ("break", "continue", "raise", "return")
"""Verbs that may take nothing, so a step may be the bare word."""

WORDS = {name: name.rstrip("_") for name in Step.model_fields}
VERBS = frozenset(WORDS.values())


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
    listed = " and ".join([", ".join(fields[:-1]), fields[-1]] if len(fields) > 1 else fields)
    return f"`{verb}:` stands alone on its line here, and under it, indented, stand {listed}"


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
    _form.model_rebuild(_types_namespace={"Steps": Steps})
Step.model_rebuild()
