"""Put rewritten code in the place of modules' code while a watch lasts, and take it back.

It knows modules, functions and code objects, and not what is told of. Functions that exist are given other code, and have their own back
in the end; modules that are imported meanwhile are compiled from a rewritten tree. Frames that run already go on with the code they
have.
"""

from __future__ import annotations

import ast
import gc
import importlib.machinery
import sys
import types
import warnings
from collections.abc import Callable, Container, Iterable
from typing import Any, Literal

from runner.accesses.hooks import Before, Hooks, Who
from runner.accesses.lines import by_lines
from runner.accesses.reads_and_writes import by_accesses
from runner.accesses.rewriting import CELL, substituted
from runner.accesses.sites import Site, Sites

Level = Literal["line", "access", "both"]
Chosen = Callable[[str, str], bool]
_Key = tuple[Any, ...]
_kept: dict[tuple[str, bytes, str, int], tuple[types.CodeType, list[Site]]] = {}
_MOST_KEPT = 100


class Watch:
    """A context: while it lasts, `before` is told of what the code of the chosen modules does. May be entered once.

    `chosen` says of a module, by its name and its file, whether it is watched; or is the names of modules and packages. `who` returns the
    controlled thread that runs, something hashable, or None where none does. `unwatched` lists, once entered, what could not be given other
    code: functions that are nowhere in their module's source. With `brief` functions that come into being meanwhile keep their code: it
    tells of nothing afterwards, and looking for them takes as long as everything else.
    """

    def __init__(self, chosen: Chosen | Iterable[str], level: Level, before: Before, who: Who, *, brief: bool = False) -> None:
        self._chosen = chosen if callable(chosen) else _named(tuple(chosen))
        self._rewritings = {"line": (by_lines,), "access": (by_accesses,), "both": (by_lines, by_accesses)}[level]
        self._level = level
        self._brief = brief
        self.sites = Sites()
        self.hooks = Hooks(self.sites, before, who)
        self.unwatched: list[str] = []
        self._finder = _Finder(self)
        self._sources: dict[str, bytes] = {}
        self._ours: dict[types.CodeType, _Key] = {}
        self._before: list[tuple[types.FunctionType, types.CodeType]] = []

    def __enter__(self) -> Watch:
        sys.meta_path.insert(0, self._finder)
        try:
            self._give(self._loaded())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take everything back: functions have the code that they had, or would have had."""
        self.hooks.close()
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        for function, code in self._before:
            function.__code__ = code
        self._before.clear()
        if self._brief:
            return
        plain = {
            file: _codes(compile(source, file, "exec", dont_inherit=True)) for file, source in (self._sources if self._ours else {}).items()
        }
        for function in _functions(self._sources):
            key = self._ours.get(function.__code__)
            if key is not None and key in (codes := plain[function.__code__.co_filename]):
                function.__code__ = codes[key]
        self._ours.clear()

    def chosen(self, name: str, file: str) -> bool:
        """Say whether a module is watched."""
        return self._chosen(name, file)

    def compile(self, source: bytes, file: str) -> types.CodeType:
        """Compile a module's source, rewritten.

        Raises:
            SyntaxError: as ever.
        """
        code = substituted(self._rewritten(source, file), self.hooks)
        self._sources[file] = source
        self._ours |= {each: key for key, each in _codes(code).items()}
        return code

    def _rewritten(self, source: bytes, file: str) -> types.CodeType:
        """Return a module's code, rewritten. It is kept, for the next watch at which the numbers of its places are the same."""
        key = file, source, self._level, len(self.sites)
        known = _kept.get(key)
        if known is None:
            tree = ast.parse(source, file)
            for rewritten in self._rewritings:
                tree = rewritten(tree, file, self.sites)
            code = compile(ast.fix_missing_locations(tree), file, "exec", dont_inherit=True)
            if len(_kept) >= _MOST_KEPT:
                _kept.clear()
            _kept[key] = code, self.sites.since(key[3])
            return code
        self.sites.extend(known[1])
        return known[0]

    def _loaded(self) -> dict[str, types.ModuleType]:
        """Return the chosen modules that there are already and that have a source, by file."""
        found = {}
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if isinstance(module, types.ModuleType) and isinstance(file, str) and file.endswith(".py") and self.chosen(name, file):
                found[file] = module
        return found

    def _give(self, modules: dict[str, types.ModuleType]) -> None:
        codes: dict[str, dict[_Key, types.CodeType]] = {}
        with warnings.catch_warnings(module=warnings):  # there may be another `warnings` in `sys.modules` by now, or none
            warnings.simplefilter("ignore")  # whoever imported the module has seen them
            for file in modules:
                with open(file, "rb") as stream:
                    codes[file] = _codes(self.compile(stream.read(), file))
        for function in _functions(codes):
            code = function.__code__
            if code not in self._ours:
                other = codes[code.co_filename].get(_key(code))
                if other is None or other.co_freevars != code.co_freevars:
                    self.unwatched.append(f"{code.co_filename}:{code.co_firstlineno}: {code.co_qualname}")
                    continue
                self._before.append((function, code))
                function.__code__ = other


class _Finder:
    """Finds what others find; a chosen module is compiled rewritten, and never from what is cached."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Find a module that is chosen; leave others to those behind."""
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None or type(spec.loader) is not importlib.machinery.SourceFileLoader:
            return None
        if not self._watch.chosen(name, spec.origin):
            return None
        spec.loader = _loader(name, spec.origin, self._watch)
        return spec


def _loader(name: str, file: str, watch: Watch) -> Any:
    class Loader(importlib.machinery.SourceFileLoader):
        def get_code(self, fullname: str) -> types.CodeType:
            path = self.get_filename(fullname)
            return watch.compile(self.get_data(path), path)

    return Loader(name, file)


def _named(names: tuple[str, ...]) -> Chosen:
    packages = tuple(f"{name}." for name in names)
    return lambda name, file: name in names or name.startswith(packages)


def _functions(files: Container[str]) -> list[types.FunctionType]:
    """Return all functions there are whose code is of some files, wherever they are kept."""
    return [each for each in gc.get_objects() if type(each) is types.FunctionType and each.__code__.co_filename in files]


def _key(code: types.CodeType) -> _Key:
    """Return what tells a function's code from all others of its file: two lambdas of one line may not be told."""
    count = code.co_argcount + code.co_kwonlyargcount
    return code.co_qualname, code.co_firstlineno, code.co_flags & 0x2AC, code.co_varnames[:count], code.co_freevars


def _codes(code: types.CodeType) -> dict[_Key, types.CodeType]:
    """Return all code inside of a module's, but for what cannot be told from other code there."""
    found: dict[_Key, types.CodeType] = {}
    twice: set[_Key] = set()
    todo = [each for each in code.co_consts if isinstance(each, types.CodeType)]
    while todo:
        each = todo.pop()
        todo += [inner for inner in each.co_consts if isinstance(inner, types.CodeType)]
        if each.co_varnames[:1] == (CELL,):
            continue
        key = _key(each)
        if key in found:
            twice.add(key)
        found[key] = each
    for key in twice:
        del found[key]
    return found
