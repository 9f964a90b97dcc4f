"""What to advise whoever made a mistake: words from elsewhere, and shapes that come of writing Python or another tool's YAML.

Looks at one value and the way to it. What is wrong, and where, is said by `mistakes`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from runner.errors import closest
from runner.program.exceptions import NAMES, full_name, plain_name
from runner.spec.source import Path
from runner.spec.steps import VERBS

OTHER_WORDS = {
    "lock": "acquire", "unlock": "release", "signal": "notify", "broadcast": "notify_all", "echo": "print", "log": "print",
    "push": "put", "pop": "get", "enqueue": "put", "dequeue": "get", "loop": "repeat", "foreach": "for", "pause": "sleep",
    "wait_until": "wait_for", "done": "task_done", "exit": "break", "store": "write", "load": "read",
    "spawn": "start", "throw": "raise", "catch": "except", "await": "wait",
    "steps": "main", "locks": "resources", "queues": "resources", "variables": "resources", "vars": "resources", "version": "schema",
    "type": "kind", "size": "maxsize", "times": "iterations", "initial": "value", "seconds": "timeout", "body": "do",
    "target": "function", "callback": "function", "func": "function", "into": "as", "condition": "test", "delay": "interval",
    "exception": "error",
}  # fmt: skip
"""What a thing is called elsewhere, by its name here; tried where no known word is spelt alike."""
_OTHER_KINDS = {
    "mutex": "lock", "executor": "pool", "thread_pool": "pool", "thread_pool_executor": "pool", "variable": "var", "int": "var",
    "thread_local": "local", "flag": "event", "fifo_queue": "queue", "stack": "lifo_queue", "recursive_lock": "rlock", "r_lock": "rlock",
}  # fmt: skip
_MAPPINGS = {
    "except": "such as `ValueError: [steps]`; `Exception` stands for all",
    "raises": "such as `worker: ValueError`",
    "resources": "such as `guard: lock`",
    "threads": "such as `worker: {do: [steps]}`",
    "let": "such as `let: {n: 1}`",
    "params": "such as `rounds: 3`",
    "cases": "such as `fixed: {guarded: true}`",
    "schedules": "such as `deadlock-1: TOKEN`, with a token that `run` or `explore` prints",
}
"""Key → what stands under it, for whoever wrote no mapping there."""
_LISTS = {"deadlock": "such as `[ann, bob]`; without names: `outcome: deadlock`", "params": "such as `[source, target]`"}
"""The same for lists."""
_CATCH_ALL = ("*", "_", "all", "any", "default", "else", "BaseException")
_UNENDING = ("none", "null", "nil", "never", "forever", "inf", "infinite", "infinity", "-1")


def kind_meant(word: str) -> str:
    """Turn what Python or others call a kind of resource (`threading.RLock`, `mutex`) into what it may be here."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word.rpartition(".")[2]).lower()
    return _OTHER_KINDS.get(plain, plain)


def mapping_advice(path: Path, value: Any, keys: Sequence[str]) -> str | None:
    """Say what to write where a mapping, with these keys if it has any of its own, should stand."""
    key = path[-1] if path else None
    if isinstance(value, list) and "do" in keys:
        return "is `do` indented as it should be?" if key == "do" else "the steps stand under a key: `do`"
    return _MAPPINGS.get(str(key))


def list_advice(path: Path) -> str | None:
    """Say what to write where a list should stand."""
    return _LISTS.get(str(path[-1])) if path else None


def steps_advice(value: Any) -> str | None:
    """Say what to write where a list of steps should stand."""
    if not isinstance(value, dict):
        return None
    if value.keys() == {"do"}:
        return "the steps stand here themselves, without `do`"
    return "start each step with `- `" if value and value.keys() <= VERBS else None


def duration_advice(path: Path, value: Any) -> str | None:
    """Recognise what others write for a wait without an end."""
    unending = path[-1:] == ("timeout",) and str(value).strip().lower() in _UNENDING
    return "to wait without end, leave `timeout` out" if unending else None


def step_advice(text: Any) -> str | None:
    """Recognise `- acquire guard`, `- acquire:guard` and `- total += 1`."""
    if not isinstance(text, str):
        return None
    words = re.fullmatch(r"(\w+)[ :]+(.{1,60})", text)
    if words and words[1] in VERBS:
        return f"did you mean `{words[1]}: {words[2]}`?"
    assignment = assignment_meant(text)
    return assignment and f"{assignment}; one of this thread's own: `let`"


def assignment_meant(text: str) -> str | None:
    """Recognise an assignment of Python's, and say how it is written here."""
    found = re.fullmatch(r"([A-Za-z_]\w*)\s*(\+|-|\*|/|//|%|)=\s*([^=].{0,60})", text.strip())
    if not found:
        return None
    name, operator, value = found.groups()
    if operator:
        value = f'"${{{name} {operator} {value}}}"'
    return f"to write a shared variable: `set: {{{name}: {value}}}`"


def key_advice(owner: str | None, word: str, value: Any, root: Any) -> str | None:
    """Say what to write in place of a key that is not there, where no other key is what was meant."""
    resources = root.get("resources") if isinstance(root, dict) else None
    declared = resources.get(word) if isinstance(resources, dict) else None
    if owner is None:  # a step's own key
        return f"to write it: `set: {{{word}: …}}`" if declared == "var" or (isinstance(declared, dict) and "value" in declared) else None
    if word in ("elif", "elseif", "else_if") and owner == "if":
        return "put another `if` under `else`: `else: [{if: …}]`"
    if owner == "wait" and word in ("until", "predicate"):
        return "to wait until something is true: `wait_for: {condition: …, until: …}`"
    if owner == "raise" and plain_name(word) in NAMES:
        return f"write `raise: {{error: {word}, message: {value if isinstance(value, str) else '…'}}}`"
    return None


def exception_advice(written: Any) -> str | None:
    """Say which exception was meant, or how it is written here."""
    if not isinstance(written, str):
        return None
    called = re.fullmatch(r"([\w.]+)\((.*)\)", written.strip())
    if called and plain_name(called[1]) in NAMES:
        message = called[2].strip("\"' ")
        return f"write `{{error: {called[1]}, message: {message}}}`" if message else f"write `{called[1]}`"
    if " as " in written:
        return "the `as` of a `try` stands beside its `do`, once for all clauses"
    if re.search(r"[,|(]", written):
        return "give each exception a key of its own"
    if written in _CATCH_ALL:
        return "`Exception` stands for all"
    names = {_stem(name): name for name in NAMES}
    guess = closest(_stem(written.rpartition(".")[2]), names)
    return f"did you mean '{full_name(names[guess])}'?" if guess else f"there are {', '.join(sorted(NAMES))}"


def _stem(name: str) -> str:
    """Leave out what most exceptions' names have in common, which would make any two of them alike."""
    return name.lower().removesuffix("error")
