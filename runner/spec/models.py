"""The scenario file as pydantic models: what authors write.

`Scenario` is the root. Steps are in steps.py, the forms of verbs in forms.py, kinds of resources in resources.py, scalar types in
fields.py; there are no other pydantic models. Checks that need only one mapping live here; whatever needs two places of the file
(names, kinds, collisions) is the compiler's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, PlainValidator, WithJsonSchema, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from runner.errors import either
from runner.program.exploring import STRATEGIES, TIMES, wrong_strategy
from runner.spec.fields import (
    Arguments,
    Callable,
    Count,
    CountFromZero,
    Duration,
    EndName,
    Flag,
    Identifier,
    Maybe,
    Name,
    Reference,
    References,
    Templated,
    Text,
    Value,
    is_template,
    kind_of,
)
from runner.spec.forms import Form
from runner.spec.resources import AnyResource, Section
from runner.spec.steps import Steps


class Function(Section):
    """Steps with parameters, for several threads to run."""

    params: list[Identifier] = Field(default_factory=list)
    """Its parameters."""
    do: Steps
    """Its steps."""


class ThreadClass(Section):
    """A subclass of threading.Thread."""

    fields: list[Identifier] = Field(default_factory=list)
    """Attributes that `__init__` sets; steps read them as `${self.NAME}`."""
    run: Steps
    """The steps of its `run` method."""


class Thread(Section):
    """A thread: steps of its own (`do`), a function with arguments (`target`), an instance of a class (`class`), Python code (`call`)."""

    bodies: ClassVar = ("do", "target", "class", "call")

    do: Maybe[Steps] = None
    """Its steps."""
    target: Maybe[Reference] = None
    """The function it runs."""
    call: Maybe[Callable] = None
    """The function of Python code that it runs, as `package.module:name`; its module must be allowed: `--allow-call MODULE`."""
    args: Maybe[Arguments] = None
    """The arguments of `target` or `call`: a list by position, or a mapping by name."""
    class_: Maybe[Reference] = None
    """The class it is an instance of."""
    with_: Maybe[dict[str, Value]] = None
    """Values for the class's fields."""
    daemon: Flag = False
    """true: the run does not wait for it at the end."""
    count: Maybe[Count] = None
    """Make this many, named NAME-0, NAME-1, …; `${index}` tells which."""
    iterations: Maybe[Count] = None
    """Run the steps this many times; `${iteration}` counts from 0."""
    wait: Maybe[Duration] = None
    """Sleep this long before each iteration."""
    start_with: Literal["thread", "start_new_thread"] = "thread"
    """`thread`: a threading.Thread. `start_new_thread`: the low-level `_thread`, which nobody can join."""

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        # After the fields, so that a misspelt `target` is reported as that and not as a body that is missing.
        written = {name.rstrip("_") for name in self.model_fields_set}
        present = [body for body in self.bodies if body in written]
        if len(present) != 1:
            what = "this one has " + (" and ".join(f"`{p}`" for p in present) or "none")
            raise PydanticCustomError(
                "thread-body", "a thread has exactly one of `do`, `target`, `class` and `call`; {what}", {"what": what}
            )
        for key, needs in (("args", ("target", "call")), ("with", ("class",))):
            if key in written and not set(needs) & set(present):
                wanted = either([f"`{need}`" for need in needs])
                raise PydanticCustomError("thread-body", "`{key}` goes with {needs}", {"key": key, "needs": wanted})
        if present == ["class"]:
            for key in ("iterations", "wait"):
                if key in written:
                    raise PydanticCustomError(
                        "thread-body", "`{key}` goes with `do`, `target` or `call`; a class says so in its `run`", {"key": key}
                    )
            if self.start_with == "start_new_thread":
                raise PydanticCustomError("thread-body", "start_new_thread runs a function, not an instance of a class")
        if self.start_with == "start_new_thread" and "daemon" in written:
            raise PydanticCustomError("thread-body", "a thread of start_new_thread is never waited for; leave `daemon` out")
        return self


class ExpectedQueue(Section):
    """What a queue must hold at the end."""

    size: Maybe[CountFromZero] = None
    """How many items."""
    unfinished: Maybe[CountFromZero] = None
    """How many items were put for which task_done was not called."""
    items: Maybe[list[Value]] = None
    """Which items, in the order they would be taken."""


OUTCOMES = ("completed", "deadlock", "failed", "step_limit", "event_limit", "size_limit")
VERDICTS = ("allowed", "required", "forbidden")
RACES = ("allowed", "forbidden")


def _one_of(words: Sequence[str]) -> PlainValidator:
    """Take one of these words, or `${…}` that gives one."""

    def check(value: Any) -> str:
        if is_template(value):
            return str(value)
        if value not in words:
            raise PydanticCustomError("wrong-value", "expected {expected}, not {got}", {"expected": either(words), "got": kind_of(value)})
        return str(value)

    return PlainValidator(check)


def _schema_of(words: Sequence[str]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"enum": list(words)}, {"type": "string", "pattern": r"^\$\{.*\}$"}]})


Outcome = Annotated[str, _one_of(OUTCOMES), _schema_of(OUTCOMES)]
Judged = Annotated[str, _one_of(VERDICTS), _schema_of(VERDICTS)]
Races = Annotated[str, _one_of(RACES), _schema_of(RACES)]
Time = Annotated[str, _one_of(tuple(TIMES)), _schema_of(tuple(TIMES))]


class End(Section):
    """How a run ends."""

    outcome: Maybe[Outcome] = None
    """How the run ends; left out, `failed` beside `raises`, `deadlock` beside `deadlock`, and else `completed`."""
    raises: Maybe[Templated[dict[Name, EndName]]] = None
    """Thread → the exception that ends it; no other thread ends by one."""
    vars: dict[str, Value] = Field(default_factory=dict)
    """Final values of shared variables."""
    queues: dict[str, ExpectedQueue] = Field(default_factory=dict)
    """Final state of queues."""
    printed: Maybe[Templated[list[str]]] = None
    """Everything that is printed, line by line, in order."""

    @model_validator(mode="before")
    @classmethod
    def _lines_are_text(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("printed"), list):
            return {**value, "printed": [line if isinstance(line, str) else str(line) for line in value["printed"]]}
        return value


class ExpectedOutcome(End):
    """One way in which the run may end, or must not; what is left out may be anything."""

    verdict: Judged = "allowed"
    """`allowed`; `required`: under some interleaving it ends so; `forbidden`: under none."""
    note: Maybe[Text] = None
    """What it means, for people."""


class Expect(End):
    """What must hold at the end of the run."""

    deadlock: Maybe[Templated[list[Name]]] = None
    """The threads that wait for each other in a circle, in any order."""
    outcomes: list[ExpectedOutcome] = Field(default_factory=list)
    """How the run may end, whatever the interleaving: in no other way, unless only forbidden ones are listed."""
    races: Races = "allowed"
    """`forbidden`: a data race on a variable is a failure when the scenario is explored."""


def _strategy(value: Any) -> str:
    if is_template(value):
        return str(value)
    wrong = wrong_strategy(value) if isinstance(value, str) else f"expected a strategy such as dpor, not {kind_of(value)}"
    if wrong is not None:
        raise PydanticCustomError("wrong-value", "{wrong}", {"wrong": wrong, "expected": either(STRATEGIES)})
    return str(value)


Strategy = Annotated[
    str,
    PlainValidator(_strategy),
    WithJsonSchema({"type": "string", "pattern": r"^(dpor|states|random|pos|dfs(:[0-9]+)?|delay(:[0-9]+)?|pct(:[0-9]+)?)$|^\$\{.*\}$",
                    "examples": ["dpor", "dfs:2", "delay:2", "random", "pct:3", "pos"],
                    "patternErrorMessage": "Expected dpor, dfs, dfs:PREEMPTIONS, delay:DELAYS, states, random, pct:DEPTH or pos."}),
]  # fmt: skip


class Explore(Section):
    """How to explore the scenario's interleavings, unless the command line says otherwise."""

    strategy: Maybe[Strategy] = None
    """dpor (default), dfs, dfs:PREEMPTIONS, delay:DELAYS, states, random, pct:DEPTH or pos."""
    seed: Maybe[CountFromZero] = None
    """With random, pct and pos: choose by this seed."""
    time: Maybe[Time] = None
    """`ordered` (default): deadlines order things. `any`: a sleep or a timeout may end at any moment after it began."""
    max_executions: Maybe[Count] = None
    """Stop after so many executions."""
    max_states: Maybe[Count] = None
    """Keep so many states at most, with the strategy `states`."""
    max_steps: Maybe[Count] = None
    """Cut an execution off after so many steps."""


RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""What a case or a pinned schedule may be called: it is part of its golden's name."""


def _case_name(value: Any) -> str:
    if not isinstance(value, str) or not RUN_NAME.fullmatch(value):
        why = "{name} cannot name a case or a schedule: it is part of a file's name, so use letters, digits, _ . and -"
        raise PydanticCustomError("bad-name", why, {"name": kind_of(value)})
    return value


def _distinct(what: str, value: Any) -> None:
    if value == {}:
        raise PydanticCustomError("wrong-type", "expected at least one {what}; this mapping is empty", {"what": what})
    if isinstance(value, dict):
        folded: dict[str, str] = {}
        for name in value:
            other = folded.setdefault(str(name).lower(), str(name))
            if other != name:  # not every file system would tell their goldens apart
                context = {"what": what, "a": other, "b": name}
                raise PydanticCustomError("name-collision", "the {what}s {a} and {b} differ in capitals only", context)


def _some_cases(value: Any) -> Any:
    _distinct("case", value)
    return {name: {} if params is None else params for name, params in value.items()} if isinstance(value, dict) else value


CaseName = Annotated[str, PlainValidator(_case_name), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$"})]
Cases = Annotated[dict[CaseName, dict[Identifier, Value]], BeforeValidator(_some_cases)]


class Pin(Form):
    """A schedule to run the scenario by: one order of all its steps."""

    short = "token"
    token: Text
    """The schedule's token, as `run` and `explore` print it."""
    case: Maybe[CaseName] = None
    """Which case it is a schedule of, in a file with `cases`."""
    note: Maybe[Text] = None
    """What it shows."""


def _some_schedules(value: Any) -> Any:
    _distinct("schedule", value)
    return value


Schedules = Annotated[dict[CaseName, Pin], BeforeValidator(_some_schedules)]


def _version(value: Any) -> Any:
    if type(value) is not int or value != 1:  # Literal alone would take true and 1.0
        raise PydanticCustomError("unknown-schema", "this version understands `schema: 1`, not {got}", {"got": kind_of(value)})
    return value


class Library(Section):
    """What several scenarios may share: a file of functions, classes and resources that others `include`."""

    schema_: Annotated[Literal[1], BeforeValidator(_version)]
    """The language's version: 1."""
    name: Maybe[Text] = None
    """A name for people; left out, the file's."""
    description: Maybe[Text] = None
    """What it shows or is for, and why."""
    include: Maybe[References] = None
    """Files with functions, classes and resources to use here, below this file's folder; one name or a list."""
    resources: dict[Name, AnyResource] = Field(default_factory=dict)
    """What the threads share."""
    functions: dict[Name, Function] = Field(default_factory=dict)
    """Steps with parameters, for several threads to run."""
    classes: dict[Name, ThreadClass] = Field(default_factory=dict)
    """Subclasses of threading.Thread."""

    @model_validator(mode="before")
    @classmethod
    def _own_keys(cls, value: Any) -> Any:
        """Drop the author's own `x-…` keys, and unfold `guard: lock`."""
        if not isinstance(value, dict):
            return value
        kept = {key: item for key, item in value.items() if not (isinstance(key, str) and key.startswith("x-"))}
        if isinstance(kept.get("resources"), dict):
            kept["resources"] = {name: {"kind": item} if isinstance(item, str) else item for name, item in kept["resources"].items()}
        return kept

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core))
        schema["patternProperties"] = {"^x-": {}}
        resource = schema["properties"]["resources"]["additionalProperties"]
        kinds = sorted(resource["discriminator"]["mapping"])
        schema["properties"]["resources"]["additionalProperties"] = {"anyOf": [{"enum": kinds}, resource]}
        return schema


class Scenario(Library):
    """A concurrency scenario: threads, what they share, what they do, and what must hold at the end."""

    tags: list[Name] = Field(default_factory=list)
    """Words to select scenarios by."""
    params: dict[Identifier, Value] = Field(default_factory=dict)
    """Names with default values for `${…}`; `--set NAME=VALUE` overrides."""
    cases: Maybe[Cases] = None
    """Named sets of parameters: the scenario is run once for each, and each has its golden; `--case NAME` picks one."""
    threads: dict[Name, Thread] = Field(default_factory=dict)
    """The threads."""
    main: Maybe[Steps] = None
    """The main thread's steps; left out: start all threads in file order, then join every non-daemon one."""
    expect: Expect = Field(default_factory=Expect)
    """What must hold at the end."""
    schedules: Maybe[Schedules] = None
    """Pinned schedules: for each the scenario is run once more, by its token, and has a golden of its own; `--case NAME` picks one."""
    explore: Maybe[Explore] = None
    """How to explore its interleavings; nothing in it changes a single run."""

    @model_validator(mode="after")
    def _something_to_run(self) -> Self:
        if not self.threads and not self.main:
            raise PydanticCustomError("nothing-to-run", "a scenario needs `threads` or `main`")
        return self


__all__ = ["Expect", "Function", "Library", "Scenario", "Thread", "ThreadClass"]
