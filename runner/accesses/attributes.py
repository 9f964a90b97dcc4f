"""Whose an attribute is: the object's own, its class's, a module's; or nobody's, being code that is looked up."""

from __future__ import annotations

import types
from typing import Any, Literal

_CODE = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType,
    types.GetSetDescriptorType, classmethod, staticmethod, property, type, types.ModuleType,
)  # fmt: skip
"""What is found in classes and modules and, unless somebody replaces code while threads run, stays what it is."""
_MISSING = object()


def owners(kind: Literal["read", "write"], thing: Any, name: str) -> tuple[Any, ...]:
    """Return the objects whose attribute is about to be read or written: none, one, or a class and the object that lacks it.

    Methods, properties, nested classes and the functions and classes of modules are code, and nobody's. So is what is kept for each
    thread. A module's attribute is its namespace's, as a global is.
    """
    cls = type(thing)
    if cls is types.ModuleType:
        namespace = vars(thing)
        return () if kind == "read" and issubclass(type(namespace.get(name)), _CODE) else (namespace,)
    if issubclass(cls, type):
        if kind == "write":
            return (thing,)
        base, value = _found(thing, name)
        return () if base is None or issubclass(type(value), _CODE) else (base,)
    if cls.__name__ in ("local", "_local") and cls.__module__ in ("_thread", "_threading_local"):
        return ()
    base, value = _found(cls, name)
    if base is None:
        return (thing,)
    if type(value) is types.MemberDescriptorType:
        return (thing,)
    if kind == "write":
        return () if hasattr(type(value), "__set__") else (thing,)
    if _has(thing, cls, name):
        return (thing,)
    return () if issubclass(type(value), _CODE) or hasattr(type(value), "__get__") else (base, thing)


def _found(cls: type, name: str) -> tuple[type | None, Any]:
    for base in cls.__mro__:
        value = base.__dict__.get(name, _MISSING)
        if value is not _MISSING:
            return base, value
    return None, None


def _has(thing: Any, cls: type, name: str) -> bool:
    """Say whether an object has an attribute itself; asking runs no code of its class."""
    if not cls.__dictoffset__:
        return False
    try:
        return name in object.__getattribute__(thing, "__dict__")
    except (AttributeError, TypeError):
        return False
