"""Tests marked `interleave`: explored over all orders in which their threads may take turns, instead of being run once."""

from __future__ import annotations

import functools
import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.errors import RunnerError, UsageError
from runner.golden.files import write_all
from runner.interleaving import Interleaving, Stage, interleave, replay
from runner.interpreter import Outcome
from runner.report.interleaving import interleaving
from runner.report.words import safe

_OPTIONS = ("preempt", "strategy", "seed", "max_executions", "max_steps", "max_seconds", "first")
_stages = pytest.StashKey[Stage]()


class Interleavings:
    """Explores the tests that are marked. Their fixtures are made once, of virtual primitives too."""

    def __init__(self, config: pytest.Config) -> None:
        self._token: str | None = config.getoption("interleave_replay")
        self._save: bool = config.getoption("interleave_save")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """Let the test's module, and those that the mark names, see virtual modules before fixtures are made."""
        mark = item.get_closest_marker("interleave")
        if mark is not None and isinstance(item, pytest.Function):
            modules = mark.kwargs.get("modules", ())
            stage = Stage((item.function.__module__, *((modules,) if isinstance(modules, str) else modules)))
            item.stash[_stages] = stage.__enter__()
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """Let modules see the real ones again."""
        try:
            return (yield)
        finally:
            if (stage := item.stash.get(_stages, None)) is not None:
                del item.stash[_stages]
                stage.__exit__(None, None, None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Explore a test that is marked; leave others alone."""
        stage = pyfuncitem.stash.get(_stages, None)
        mark = pyfuncitem.get_closest_marker("interleave")
        if mark is None or stage is None:
            return None
        unknown = [*map(repr, mark.args), *(name for name in mark.kwargs if name not in (*_OPTIONS, "modules"))]
        if unknown:
            pytest.fail(f"the mark interleave knows {', '.join(('modules', *_OPTIONS))}; and not {', '.join(unknown)}", pytrace=False)
        chosen = {name: value for name, value in mark.kwargs.items() if name in _OPTIONS}
        function = _with_fixtures(pyfuncitem)
        pins = Pins(pyfuncitem)
        try:
            if self._token is not None:
                _once(function, self._token, stage)
            else:
                self._explored(pyfuncitem, function, chosen, stage, pins)
        except RunnerError as error:
            wrong = str(error)
        else:
            return True
        pytest.fail(wrong, pytrace=False)

    def _explored(self, item: pytest.Function, function: Callable[[], Any], chosen: dict[str, Any], stage: Stage, pins: Pins) -> None:
        for token in pins.read():
            outcome, why = _tried(function, token, stage)
            if outcome is None:
                item.warn(pytest.PytestWarning(f"the schedule {token} that is pinned in {pins.path.name} is of no use any more: {why}"))
            elif outcome.verdict != "completed":
                found = interleave(function, stage=stage, **{**chosen, "first": True})
                what = f"the schedule {token} that is pinned in {pins.path.name} fails: {outcome.verdict}"
                pytest.fail(f"{what}\n{_report(item, found)}", pytrace=False)
        found = interleave(function, stage=stage, **chosen)
        item.add_report_section("call", "interleave", "\n".join(_report(item, found).splitlines()[:1]))
        if found.failures:
            report = _report(item, found)
            if self._save:
                tokens = [finding.schedule.token() for finding in found.failures if finding.schedule is not None]
                pins.write(tokens)
                report += f"\npinned in {pins.path.name}: {', '.join(tokens)}"
            pytest.fail(report, pytrace=False)


def _with_fixtures(item: pytest.Function) -> Callable[[], Any]:
    function = item.obj
    given = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}

    @functools.wraps(function)
    def called() -> Any:
        return function(**given)

    return called


def _tried(function: Callable[[], Any], token: str, stage: Stage) -> tuple[Outcome | None, str]:
    """Execute by a token; None, and why, where that is not possible any more."""
    try:
        return replay(function, token, stage=stage), ""
    except UsageError as error:
        return None, str(error)


def _once(function: Callable[[], Any], token: str, stage: Stage) -> None:
    """Execute by a token, and fail as that does."""
    outcome = replay(function, token, stage=stage)
    if outcome.failures:
        raise outcome.failures[-1].error
    if outcome.verdict != "completed":
        pytest.fail(f"{outcome.verdict}: the schedule was replayed", pytrace=False)


def _report(item: pytest.Function, found: Interleaving) -> str:
    def command(token: str) -> str:
        return f"pytest {shlex.quote(item.nodeid)} --interleave-replay {token}"

    lines = list(interleaving(found.found, found.preempted, command))
    if found.failures:
        lines.append(f"  keep:   pytest {safe(shlex.quote(item.nodeid))} --interleave-save")
    return "\n".join(lines)


class Pins:
    """The schedules that are pinned for a test, in a file beside the one that it is in: `test_x.py` → `test_x.schedules.json`."""

    def __init__(self, item: pytest.Function) -> None:
        self.path: Path = item.path.with_suffix(".schedules.json")
        self._name = item.nodeid.partition("::")[2]

    def _all(self) -> dict[str, list[str]]:
        if not self.path.exists():
            return {}
        try:
            read = json.loads(self.path.read_text("utf-8"))
            if not all(isinstance(tokens, list) for tokens in read.values()):
                raise ValueError("tokens are to be in lists")
        except (ValueError, AttributeError) as error:
            raise UsageError(f"{self.path}: this is no file of pinned schedules: {error}") from None
        return dict(read)

    def read(self) -> list[str]:
        """Return the tokens that are pinned for the test."""
        return self._all().get(self._name, [])

    def write(self, tokens: list[str]) -> None:
        """Pin these, too."""
        known = self._all()
        known[self._name] = [*dict.fromkeys([*known.get(self._name, []), *tokens])]
        write_all({self.path: json.dumps(dict(sorted(known.items())), indent=2) + "\n"})
