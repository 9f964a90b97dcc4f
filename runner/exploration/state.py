"""What was explored so far, in a file: so that a long exploration goes on where it was left. JSON, and written whole or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runner.errors import Place, UsageError
from runner.exploration.judge import Final, Symptom
from runner.exploration.part import Part, Seeds
from runner.exploration.parts import Found, Seen
from runner.exploration.result import ExploreOptions, Kind
from runner.exploration.tree import Choice, Line, Tree
from runner.program import Program
from runner.program.schedule import Schedule

FORMAT = 1


def write_state(path: Path, program: Program, options: ExploreOptions, found: Found, plan: Tree | Line) -> None:
    """Write down what was found, and what there still is to explore."""
    outcomes = list(program.expect.outcomes)
    state = {
        "format": FORMAT,
        "of": _of(program, options),
        "counts": [found.executions, found.redundant, found.cut],
        "left_out": list(found.left_out),
        "finals": [
            [final.key, final.outcome, final.state, outcomes.index(final.listed) if final.listed is not None else None, final.judged,
             final.note, _seen(seen)]
            for final, seen in found.finals.values()
        ],
        "symptoms": [[{**asdict(symptom), "kind": symptom.kind.value}, _seen(seen)] for symptom, seen in found.symptoms.values()],
        "plan": _plan(plan),
    }  # fmt: skip
    partly = path.with_name(f"{path.name}.{os.getpid()}.partly")
    try:
        partly.write_text(json.dumps(state, ensure_ascii=False), "utf-8")
        os.replace(partly, path)
    except OSError as error:
        partly.unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def read_state(path: Path, program: Program, options: ExploreOptions) -> tuple[Found, Tree | Line]:
    """Read it back.

    Raises:
        UsageError: it is no such file, or of another exploration: another program, strategy, seed or step limit.
    """
    try:
        state = json.loads(path.read_text("utf-8"))
        if state["format"] != FORMAT:
            raise UsageError(f"{path}: another version of this program wrote it")
        if state["of"] != _of(program, options):
            raise UsageError(
                f"{path}: it is of another exploration ({_differences(state['of'], _of(program, options))}); leave it, or delete it"
            )
        executions, redundant, cut = state["counts"]
        found = Found(executions, redundant, cut, left_out=dict.fromkeys(state["left_out"]))
        for key, outcome, end, listed, judged, note, seen in state["finals"]:
            expected = None if listed is None else program.expect.outcomes[listed]
            found.finals[key] = (Final(key, outcome, end, expected, judged, note), _read_seen(seen))
        for symptom, seen in state["symptoms"]:
            place = None if symptom["place"] is None else Place(**symptom["place"])
            told = {**symptom, "kind": Kind(symptom["kind"]), "place": place}
            found.see_symptom(Symptom(**{**told, "key": tuple(told["key"]), "details": tuple(told["details"])}), _read_seen(seen))
        return found, _read_plan(state["plan"], options)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, IndexError):
        raise UsageError(f"{path}: is no state of an exploration, or damaged; leave it, or delete it") from None


def _of(program: Program, options: ExploreOptions) -> dict[str, Any]:
    expected = repr((program.expect.outcome, program.expect.vars, program.expect.queues, program.expect.printed, program.expect.outcomes))
    return {
        "program": program.fingerprint, "expect": expected, "strategy": options.strategy, "seed": options.seed,
        "points": options.points.value, "max_steps": options.max_steps,
    }  # fmt: skip


def _differences(one: dict[str, Any], other: dict[str, Any]) -> str:
    return ", ".join(f"another {name}" for name in other if one.get(name) != other[name])


def _seen(seen: Seen) -> list[Any]:
    return [seen.executions, seen.preemptions, seen.steps, seen.schedule and seen.schedule.token()]


def _read_seen(seen: list[Any]) -> Seen:
    executions, preemptions, steps, token = seen
    return Seen(executions, preemptions, steps, token and Schedule.from_token(token))


def _plan(plan: Tree | Line) -> dict[str, Any]:
    if isinstance(plan, Line):
        return {"seed": plan.start, "seeds": [[part.start, part.stop] for part in plan.parts]}
    choices = [[ranks, choice.asleep, choice.gone] for ranks, choice in plan.choices.items()]
    return {"parts": [[part.ranks, part.asleep, part.branch, part.spent, part.preemptions] for part in plan.parts], "choices": choices}


def _read_plan(plan: dict[str, Any], options: ExploreOptions) -> Tree | Line:
    if "seed" in plan:
        return Line(plan["seed"], [Seeds(*each) for each in plan["seeds"]])
    parts = [Part(tuple(ranks), tuple(asleep), tuple(branch), *counts) for ranks, asleep, branch, *counts in plan["parts"]]
    return Tree(parts, {tuple(ranks): Choice(tuple(asleep), list(gone)) for ranks, asleep, gone in plan["choices"]})
