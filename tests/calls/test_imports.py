"""What is found, and what is refused, when the code that a scenario calls is looked up."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.compiler.imports import is_allowed, with_python
from runner.errors import Problem, ScenarioError

Refused = Callable[..., tuple[Problem, ...]]


@pytest.fixture
def refused(compile_text: Callable[..., Any]) -> Refused:
    """`refused(step)` gives the problems that there are with a step; `shop` and `found` are allowed."""

    def problems(step: str, *allowed: str) -> tuple[Problem, ...]:
        with pytest.raises(ScenarioError) as caught:
            with_python(compile_text(f"main:\n  - {step}\n"), allowed or ("shop", "found"))
        return caught.value.problems

    return problems


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`module(text)` makes a module `found`, in the current directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return lambda text: (tmp_path / "found.py").write_text(text, "utf-8") and None  # type: ignore[func-returns-value]


REFUSED = {
    "call: 'json:loads'": ("call-not-allowed", "'json:loads': the module 'json' is none that scenarios may call"),
    "call: 'shopping:cart'": ("call-not-allowed", "'shopping:cart': the module 'shopping' is none that scenarios may call"),
    "call: 'shop.bank:system'": ("call-not-allowed", "'shop.bank:system' is not shop.bank's own: it is of "),
    "call: 'shop.odd:threading.Lock'": ("no-such-function", "'threading' in 'shop.odd' is a module"),
    "call: 'shop.odd:kept.append'": ("call-not-allowed", "'shop.odd:kept.append' is not shop.odd's own: nobody can tell whose it is"),
    "call: 'shop.nothing:f'": ("no-such-module", "there is no module 'shop.nothing'"),
    "call: 'shop.nothing.more:f'": ("no-such-module", "there is no module 'shop.nothing', so none 'shop.nothing.more'"),
    "call: 'shop.bank:transfr'": ("no-such-function", "there is no 'transfr' in 'shop.bank'"),
    "call: 'shop.bank:Account.close'": ("no-such-function", "there is no 'close' in 'shop.bank.Account'"),
    "call: 'shop.bank:NUMBER'": ("not-callable", "'shop.bank:NUMBER' is of the type int, which cannot be called"),
    "call: 'shop:bank'": ("not-callable", "'shop:bank' is a module, which cannot be called"),
    "call: 'shop.bank:later'": ("not-callable", "'shop.bank:later' is asynchronous: calling it runs nothing"),
    "call: 'shop.bank:give'": ("wrong-arguments", "shop.bank:give(value): missing a required argument: 'value'"),
    "call: {function: 'shop.bank:give', args: [1, 2]}": ("wrong-arguments", "shop.bank:give(value): too many positional arguments"),
    "call: {function: 'shop.bank:give', args: {valu: 1}}": ("wrong-arguments", "shop.bank:give(value): "),
}


REFUSED_ERRORS = {
    "try: {do: [{sleep: 1}], except: {'shop.bank:NoSuch': [{sleep: 1}]}}": "no-such-function",
    "try: {do: [{sleep: 1}], except: {'json:JSONDecodeError': [{sleep: 1}]}}": "call-not-allowed",
    "try: {do: [{sleep: 1}], except: {'shop.bank:Account': [{sleep: 1}]}}": "unknown-exception",
    "raise: 'shop.bank:transfer'": "unknown-exception",
}


@pytest.mark.parametrize("step", REFUSED_ERRORS)
def test_exceptions_that_are_refused(refused: Refused, step: str) -> None:
    """What clauses and steps name is looked up by the same rules, and must be an exception."""
    assert [problem.code for problem in refused(step)] == [REFUSED_ERRORS[step]]


@pytest.mark.parametrize("step", REFUSED)
def test_what_is_refused(refused: Refused, step: str) -> None:
    """One problem, at the step, with its code and what is wrong."""
    import shop.bank  # noqa: F401  # so that `shop:bank` is there

    code, message = REFUSED[step]
    (problem,) = refused(step)
    assert (problem.code, problem.place.line, problem.place.column) == (code, 3, 5)
    assert problem.message.startswith(message)


def test_the_way_out_is_told(refused: Refused) -> None:
    """The option that would allow it."""
    (problem,) = refused("call: 'json:loads'")
    assert problem.hint == "--allow-call json allows it"


def test_all_problems_at_once(compile_text: Callable[..., Any]) -> None:
    """Each call that is wrong is told of, in the file's order."""
    program = compile_text("threads: {t: {call: 'shop.bank:nothin'}}\nmain: [{call: 'json:loads'}, {start: t}, {call: 'shop.bank:give'}]")
    with pytest.raises(ScenarioError) as caught:
        with_python(program, ("shop",))
    assert [problem.code for problem in caught.value.problems] == ["no-such-function", "call-not-allowed", "wrong-arguments"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\nraise ValueError('no')\n", "importing found raised ValueError: no (found.py:2)"),
        ("import sys\nsys.exit('bye')\n", "importing found raised SystemExit: bye (found.py:2)"),
        ("def f(:\n", "importing found raised SyntaxError: "),
        ("import no_such_thing\n", "importing found raised ModuleNotFoundError: No module named 'no_such_thing' (found.py:1)"),
        ("1 / 0\n", "importing found raised ZeroDivisionError: division by zero (found.py:1)"),
    ],
)
def test_a_module_that_raises(refused: Refused, module: Callable[[str], None], text: str, message: str) -> None:
    """Its message is shown, and the line of the module's that is to blame."""
    module(text)
    (problem,) = refused("call: 'found:f'")
    assert problem.code == "import-failed"
    assert problem.message.startswith(message)


def test_an_attribute_that_raises(refused: Refused, module: Callable[[str], None]) -> None:
    """What looking a name up raises is told likewise."""
    module("def __getattr__(name):\n    raise OSError('gone')\n")
    (problem,) = refused("call: 'found:f'")
    assert problem.message == "found.f raised OSError: gone (found.py:2)"


def test_ctrl_c_while_importing(compile_text: Callable[..., Any], module: Callable[[str], None]) -> None:
    """It is Ctrl-C."""
    module("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        with_python(compile_text("main: [{call: 'found:f'}]"), ("found",))


def test_nothing_else_is_imported(refused: Refused, module: Callable[[str], None], tmp_path: Path) -> None:
    """A module that is not allowed leaves no trace of having run."""
    module(f"open({str(tmp_path / 'was-here')!r}, 'w').close()\n")
    assert [problem.code for problem in refused("call: 'found:open'", "shop")] == ["call-not-allowed"]
    assert "found" not in sys.modules
    assert not (tmp_path / "was-here").exists()


def test_what_is_found(compile_text: Callable[..., Any]) -> None:
    """Functions, classes, and other names for one of the module's own."""
    steps = ["shop.bank:nothing", "shop.bank:Account", "shop.bank:pay"]
    calls = ", ".join(f"{{call: {{function: '{step}', args: {args}}}}}" for step, args in zip(steps, ([], [1], [1, 2, 3]), strict=True))
    program = with_python(compile_text(f"main: [{calls}]"), ("shop.bank",))
    assert list(program.python) == steps


@pytest.mark.parametrize(("module_name", "allowed"), [("bank", True), ("bank.demo", True), ("bankrupt", False), ("ban", False)])
def test_what_a_package_allows(module_name: str, allowed: bool) -> None:
    """Itself and all below it, and nothing that only begins with the same letters."""
    assert is_allowed(module_name, ("bank",)) is allowed


@pytest.mark.parametrize(
    "path", ["bank", "bank.transfer", ":transfer", "bank:", "bank:a b", "bank:f()", "bank::f", "../bank:f", "bank:__import__",
             "bank:f.__globals__", "bank:class"],
)  # fmt: skip
def test_what_names_no_function(problems_of: Callable[..., Any], path: str) -> None:
    """It is refused as the file is loaded, without a look at any module."""
    (problem,) = problems_of(f"main: [{{call: '{path}'}}]")
    assert (problem.code, problem.place.line) == ("bad-call", 2)


def test_a_computed_path_is_checked_too(problems_of: Callable[..., Any]) -> None:
    """What a parameter makes of it is judged by the same rule."""
    (problem,) = problems_of("params: {f: 'bank:__import__'}\nmain: [{call: '${f}'}]")
    assert problem.code == "bad-call"
