"""The exceptions that scenarios may raise, catch and expect: the standard library's own, by the names that Python gives them.

Python code that a scenario calls may have some of its own. Names only, and which are kinds of which; the classes are the modules' of the
substrate that a program runs on, and that code's.
"""

from __future__ import annotations

import builtins

BUILTIN = (
    "ArithmeticError", "AssertionError", "AttributeError", "Exception", "IndexError", "KeyError", "LookupError", "NameError",
    "OverflowError", "RuntimeError", "TimeoutError", "TypeError", "ValueError", "ZeroDivisionError",
)  # fmt: skip
OF_MODULES = {
    "BrokenBarrierError": "threading",
    "Empty": "queue",
    "Full": "queue",
    "ShutDown": "queue",
    "CancelledError": "futures",
    "InvalidStateError": "futures",
}
"""Name → the module that has it."""
NAMES = frozenset((*BUILTIN, *OF_MODULES))
SYSTEM_EXIT = "SystemExit"
"""What code that is called may end its thread by; no scenario raises it, and no `except` takes it."""


def plain_name(written: str) -> str:
    """Return the name of an exception without the module's: `queue.Empty` and `Empty` are the same."""
    module, _, name = written.rpartition(".")
    return name if OF_MODULES.get(name) == {"concurrent.futures": "futures"}.get(module, module) else written


def full_name(name: str) -> str:
    """Return the name of an exception with its module's, as Python code has it: `queue.Empty`."""
    module = OF_MODULES.get(name)
    return f"{'concurrent.' * (module == 'futures')}{module}.{name}" if module else name


def is_own(name: str) -> bool:
    """Say whether an exception is one of Python code that is called, by the way its name is written: `package.module:Name`."""
    return ":" in name


def class_name(name: str) -> str:
    """Return an exception's name as a thread's end has it: its class's own."""
    return plain_name(name).rpartition(":")[2].rpartition(".")[2]


def builtin(name: str) -> type[Exception] | None:
    """Return a built-in exception's class; None for one of a module's."""
    found: type[Exception] | None = getattr(builtins, name) if name in BUILTIN else None
    return found
