"""Modules have other code for a while, that does the same, and afterwards their own."""

from __future__ import annotations

import gc
import importlib
import sys
import types
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from runner.accesses import Level, Watch

_serial = count()

PROGRAMS = dict(each.split("\n", 1) for each in Path(__file__).with_name("same.txt").read_text().split("=== ")[1:])


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Any]:
    """Return a function that writes a module and imports it."""
    names: list[str] = []
    sys.path.insert(0, str(tmp_path))

    def make(source: str, *, load: bool = True) -> Any:
        name = f"watched_{next(_serial)}"
        names.append(name)
        (tmp_path / f"{name}.py").write_text(source)
        importlib.invalidate_caches()
        return importlib.import_module(name) if load else name

    yield make
    sys.path.remove(str(tmp_path))
    for name in names:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("level", ["line", "access", "both"])
@pytest.mark.parametrize("source", PROGRAMS.values(), ids=PROGRAMS)
def test_does_the_same(module: Any, source: str, level: Level) -> None:
    """Rewritten code does what the code does that it stands for."""
    plain = module(source)
    name = module(source, load=False)
    with Watch([name], level, lambda *told: None, lambda: 1):
        watched = importlib.import_module(name)
    assert repr(watched.out).replace(name, "m") == repr(plain.out).replace(plain.__name__, "m")


BANK = """\
import functools
def twice(f):
    @functools.wraps(f)
    def call(*args): return f(*args)
    return call
class Account:
    def __init__(self): self.n = 0
    @twice
    def add(self): self.n += 1
    @property
    def double(self): return self.n * 2
def maker():
    n = 0
    def count():
        nonlocal n
        n += 1
        return n
    return count
made = maker()
functions = [lambda a: a.n]
"""


def codes(bank: types.ModuleType) -> dict[int, types.CodeType]:
    functions = [each for each in gc.get_objects() if type(each) is types.FunctionType and each.__code__.co_filename == bank.__file__]
    return {id(each): each.__code__ for each in functions}


def use(bank: Any) -> None:
    account = bank.Account()
    account.add()
    assert (account.double, bank.made(), bank.functions[0](account)) == (2, bank.made() - 1, 1)


def test_functions_that_exist(module: Any) -> None:
    """Whatever keeps a function, be it a class, a decorator, a closure or a list, it has points for a while, and then its very code."""
    bank = module(BANK)
    before = codes(bank)
    told: list[str] = []
    with Watch([bank.__name__], "access", lambda kind, thing, key, site: told.append(f"{kind} {site.function}"), lambda: 1) as watch:
        use(bank)
        made = bank.maker()
        assert watch.unwatched == []
    assert {"read maker.count", "write Account.__init__", "write Account.add", "read Account.double", "read <lambda>"} <= set(told)
    assert {number: code for number, code in codes(bank).items() if number in before} == before
    told.clear()
    use(bank)
    assert (made(), told) == (1, [])
    assert "\0hooks" not in str(made.__code__.co_consts)


def test_exceptions_take_everything_back(module: Any) -> None:
    """After an exception everything is as it was."""
    bank = module(BANK)
    before = codes(bank), list(sys.meta_path)

    def fails(*told: object) -> None:
        raise RuntimeError("from before")

    with pytest.raises(RuntimeError, match="from before"), Watch([bank.__name__], "access", fails, lambda: 1):
        bank.Account()
    assert (codes(bank), sys.meta_path) == before
    use(bank)


def test_syntax_error_takes_everything_back(module: Any) -> None:
    """A module that cannot be read any more is not watched, and nothing else is."""
    bank = module(BANK)
    before = codes(bank), list(sys.meta_path)
    Path(bank.__file__).write_text("def (")
    with pytest.raises(SyntaxError), Watch([bank.__name__], "access", lambda *told: None, lambda: 1):
        pass
    assert (codes(bank), sys.meta_path) == before


def test_other_code(module: Any) -> None:
    """A function that is no longer in its source is named, and left as it is."""
    bank = module(BANK)
    Path(bank.__file__).write_text(BANK.replace("def double", "def triple"))
    with Watch([bank.__name__], "access", lambda *told: None, lambda: 1) as watch:
        use(bank)
    assert watch.unwatched == [f"{bank.__file__}:10: Account.double"]


def test_imported_meanwhile(module: Any) -> None:
    """A package's modules that are imported while it is watched have points, others have none."""
    name, other = module("def f(x): return x.n\n", load=False), module("def f(x): return x.n\n", load=False)
    told: list[str] = []
    with Watch([name], "access", lambda kind, thing, key, site: told.append(kind), lambda: 1):
        watched, plain = importlib.import_module(name), importlib.import_module(other)
        assert watched.f(types.SimpleNamespace(n=1)) == plain.f(types.SimpleNamespace(n=1)) == 1
    assert told == ["read"]
    assert watched.f.__code__.co_consts == plain.f.__code__.co_consts


def test_nobody(module: Any) -> None:
    """Nothing is told where no controlled thread runs."""
    bank = module(BANK)
    with Watch([bank.__name__], "access", lambda *told: pytest.fail("told"), lambda: None):
        use(bank)


def test_not_within_itself(module: Any) -> None:
    """What `before` itself makes the code do is not told."""
    bank = module(BANK)
    told: list[str] = []

    def before(kind: str, thing: Any, key: Any, site: Any) -> None:
        told.append(kind)
        bank.made()

    with Watch([bank.__name__], "access", before, lambda: 1):
        bank.functions[0](types.SimpleNamespace(n=1))
    assert told.count("read") == 1
