"""Small scenarios of anything the language has, drawn at random: two or three threads that meet on few objects, each a few steps long.

They are for comparisons with every execution that the kernel can make, so they must stay small.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from runner.model import why_not
from runner.program import Program
from runner.program.schedule import Points
from tests.conftest import compiled

RESOURCES = (
    "{{x: {{kind: var, value: 0}}, y: {{kind: var, value: 0}}, l: lock, m: lock, s: {{kind: semaphore, value: {permits}}}, e: event, "
    "q: {{kind: queue, maxsize: 1}}, c: condition, b: {{kind: barrier, parties: 2}}, p: {{kind: pool, max_workers: 1}}}}"
)
POOL = ", p: {kind: pool, max_workers: 1}"
FUNCTION = '{job: {do: [{set: {x: "${x + 1}"}}]}}'
GOT = '{set: {y: "${got}"}}'
TAKEN = '{set: {x: "${v}"}}'
NONE_THERE = "except: {queue.Empty: [{set: {x: -1}}]}"

STEPS: dict[str, Callable[[Random, list[str]], list[str]]] = {
    "write": lambda r, others: [f"{{set: {{{r.choice('xy')}: {r.randint(1, 3)}}}}}"],
    "add": lambda r, others: ['{set: {x: "${x + 1}"}}'],
    "copy": lambda r, others: ['{set: {x: "${y}"}}'],
    "locked": lambda r, others: ["{acquire: l}", '{set: {x: "${x + 1}"}}', "{release: l}"],
    "acquire": lambda r, others: ["{acquire: l}"],
    "release": lambda r, others: ["{release: l}"],
    "both": lambda r, others: ["{acquire: l}", "{acquire: m}", "{release: m}", "{release: l}"],
    "both, the other way round": lambda r, others: ["{acquire: m}", "{acquire: l}", "{release: l}", "{release: m}"],
    "try": lambda r, others: ["{acquire: {lock: l, blocking: false, as: got}}", GOT],
    "try for a time": lambda r, others: [f"{{acquire: {{lock: l, timeout: {r.randint(0, 2)}, as: got}}}}", GOT],
    "take a permit": lambda r, others: ["{acquire: s}"],
    "give a permit": lambda r, others: ["{release: s}"],
    "take a permit for a time": lambda r, others: ["{acquire: {lock: s, timeout: 1, as: got}}", GOT],
    "set": lambda r, others: ["{set: e}"],
    "clear": lambda r, others: ["{clear: e}"],
    "wait": lambda r, others: ["{wait: e}"],
    "wait for a time": lambda r, others: ["{wait: {for: e, timeout: 1, as: got}}", GOT],
    "put": lambda r, others: [f"{{put: {{queue: q, item: {r.randint(1, 3)}}}}}"],
    "get": lambda r, others: ["{get: {queue: q, as: v}}", TAKEN],
    "try to get": lambda r, others: [f"{{try: {{do: [{{get: {{queue: q, block: false, as: v}}}}, {TAKEN}], {NONE_THERE}}}}}"],
    "try to get for a time": lambda r, others: [f"{{try: {{do: [{{get: {{queue: q, timeout: 1, as: v}}}}, {TAKEN}], {NONE_THERE}}}}}"],
    "wait to be notified": lambda r, others: ["{acquire: c}", "{wait: c}", "{release: c}"],
    "wait to be notified for a time": lambda r, others: ["{acquire: c}", "{wait: {for: c, timeout: 1, as: got}}", GOT, "{release: c}"],
    "wait for it to hold": lambda r, others: ["{acquire: c}", '{wait_for: {condition: c, until: "x > 0"}}', "{release: c}"],
    "notify": lambda r, others: ["{acquire: c}", "{set: {x: 1}}", f"{{{r.choice(['notify', 'notify_all'])}: c}}", "{release: c}"],
    "sleep": lambda r, others: [f"{{sleep: {r.randint(0, 2)}}}"],
    "look whether it lives": lambda r, others: [f'{{set: {{y: "${{{r.choice(others)}.is_alive()}}"}}}}'],
    "join for a time": lambda r, others: [f"{{join: {{thread: {r.choice(others)}, timeout: 1}}}}"],
    "meet": lambda r, others: ["{wait: b}"],
    "submit and look": lambda r, others: ["{submit: {pool: p, function: job, as: f}}", '{set: {y: "${f.done()}"}}'],
    "submit and wait": lambda r, others: ["{submit: {pool: p, function: job, as: f}}", '{result: "${f}"}'],
    "raise": lambda r, others: ["{raise: ValueError}"],
}
TOGETHER = (
    ("write", "add", "copy"),
    ("locked", "add", "acquire", "release", "try"),
    ("locked", "try for a time", "sleep", "add"),
    ("take a permit", "give a permit", "take a permit for a time", "add", "sleep"),
    ("set", "clear", "wait", "wait for a time", "add", "write"),
    ("put", "get", "try to get", "try to get for a time", "sleep"),
    ("wait to be notified", "notify", "wait to be notified for a time", "wait for it to hold", "sleep"),
    ("look whether it lives", "join for a time", "add", "sleep", "write"),
    ("meet", "add", "write", "sleep"),
    ("submit and look", "submit and wait", "add", "sleep"),
    ("both", "both, the other way round", "add", "raise"),
)
"""Steps that have to do with each other."""


def modelled(seed: int) -> Program | None:
    """Draw and compile a scenario; None where the model refuses it."""
    text = scenario(seed)
    program = compiled(text if "submit" in text else text.replace(POOL, ""))
    return program if why_not(program, Points.ENDS) is None else None


def scenario(seed: int) -> str:
    """Draw a scenario's text."""
    r = Random(seed)
    names = ["first", "second", "third"][: r.choice([2, 2, 3])]
    kinds = r.choice(TOGETHER) if r.random() < 0.8 else sum(r.sample(TOGETHER, 2), ())
    lines = ["schema: 1", f"resources: {RESOURCES.format(permits=r.randint(0, 1))}", f"functions: {FUNCTION}", "threads:"]
    for name in names:
        others = [other for other in names if other != name]
        length = r.choice([1, 1, 2, 2, 3]) if len(names) == 2 else r.choice([1, 1, 2])
        steps = [step for _ in range(length) for step in STEPS[r.choice(kinds)](r, others)]
        daemon = "daemon: true, " if r.random() < 0.12 else ""
        lines.append(f"  {name}: {{{daemon}do: [{', '.join(steps)}]}}")
    return "\n".join(lines)
