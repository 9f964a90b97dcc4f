"""Let a program import everything anew, and find the substrate's modules in place of the real ones.

What ours have imported they keep; the program has its own copies, made on the modules that it finds.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Mapping

_CORE = frozenset({
    "__main__", "_abc", "_codecs", "_collections_abc", "_frozen_importlib", "_frozen_importlib_external", "_imp", "_io", "_signal",
    "_sitebuiltins", "_warnings", "_weakref", "abc", "atexit", "builtins", "codecs", "encodings", "errno", "faulthandler", "genericpath",
    "io", "itertools", "marshal", "nt", "ntpath", "os", "os.path", "posix", "posixpath", "site", "sitecustomize", "stat", "sys",
    "usercustomize", "winreg", "zipimport",
})  # fmt: skip
"""What the interpreter itself, or every stream and path, is made of: there can be one of each only."""


def isolate(known: frozenset[str], modules: Mapping[str, types.ModuleType]) -> None:
    """Forget whatever was imported but what the interpreter cannot do without and what began before us; put `modules` in place."""
    for name in list(sys.modules):
        top = name.partition(".")[0]
        began = name in known and top not in sys.stdlib_module_names
        if not (name in _CORE or top == "encodings" or began):
            del sys.modules[name]
    sys.modules.update(modules)


def import_on(modules: Mapping[str, types.ModuleType]) -> None:
    """Let the import system's own locks be the substrate's: a thread may have to wait for a module that another one imports."""
    import _frozen_importlib

    locks = types.ModuleType("_thread")
    vars(locks).update(vars(modules["_thread"]))
    vars(_frozen_importlib)["_thread"] = locks


def own_files(root: str) -> set[str]:
    """Name the source files of ours that may be on a program's stack."""
    ours = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == "runner"]
    files = [str(getattr(module, "__file__", None)) for module in ours]
    return {file for file in files if file.startswith(root + os.sep)}
