"""What a scenario file says that it is, and which of the language it uses. Read off the models: what it compiles to is not looked at."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner import spec
from runner.limits import DEFAULT, Limits
from runner.spec.forms import Form
from runner.spec.resources import RESOURCES
from runner.spec.steps import WORDS, Step

VERBS = tuple(WORDS.values())
"""Every verb, in the language's own order."""
KINDS = tuple(RESOURCES)
"""Every kind of resource, likewise."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A scenario's name, what it shows, its cases, and the verbs and kinds of resource in it, each once."""

    name: str
    description: str
    cases: tuple[str, ...]
    kinds: tuple[str, ...]
    verbs: tuple[str, ...]


def summarize(path: str | os.PathLike[str], limits: Limits = DEFAULT) -> Summary:
    """Summarize a scenario file.

    Raises:
        ScenarioError: it is not a valid scenario; all of its problems.
    """
    scenario = spec.load(path, limits).scenario
    kinds = {resource.kind for resource in scenario.resources.values()}
    bodies = (scenario.main, *(thread.do for thread in scenario.threads.values()),
              *(function.do for function in scenario.functions.values()), *(each.run for each in scenario.classes.values()))  # fmt: skip
    verbs = {verb for steps in bodies for verb in _verbs(steps or ())}
    return Summary(
        name=scenario.name or Path(path).stem,
        description=scenario.description or "",
        cases=tuple(scenario.cases or ()),
        kinds=tuple(kind for kind in KINDS if kind in kinds),
        verbs=tuple(verb for verb in VERBS if verb in verbs),
    )


def _verbs(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        verb, content = step.parts()
        yield verb
        if isinstance(content, Form):
            for name in type(content).model_fields:
                yield from _verbs(_steps_in(getattr(content, name)))


def _steps_in(value: Any) -> Iterator[Step]:
    """Find the steps in what stands under a verb's key: a list of them, or one for each exception."""
    if isinstance(value, Step):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _steps_in(item)
