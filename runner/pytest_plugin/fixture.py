"""What the fixture `scenario` gives to a Python test: a function that runs scenarios, and what it returns. See docs/pytest.md."""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runner.errors import ScenarioError, UsageError
from runner.exploration import Exploration, ExploreOptions
from runner.golden import golden_of, in_ci
from runner.interpreter import Outcome
from runner.limits import DEFAULT, Limits
from runner.program import Program
from runner.pytest_plugin.failure import raise_failure, raise_findings
from runner.pytest_plugin.paths import shown
from runner.pytest_plugin.update import Update
from runner.report.log_commands import without_commands
from runner.report.problems import render
from runner.report.words import summary, value_text
from runner.suite import Mismatch, Result, RunOptions, exit_code, judge, load, name_of, run
from runner.suite.check import hold_against_golden
from runner.suite.exploring import explore
from runner.suite.judge import DIFFERS, PASSED
from runner.trace import Trace

SUFFIX = ".trace.jsonl"
"""What the names of goldens that Python tests name end with: they are no scenario's own, which `test` and `prune` would look for."""
LATEST = 3
"""How many runs are told of where a test fails."""


class RunScenario:
    """Runs scenarios for one test, whose folder paths start from."""

    def __init__(self, folder: Path, update: Update | None = None, limits: Limits = DEFAULT) -> None:
        self._folder = folder
        self._limits = limits
        self._update = update
        self._latest: deque[ScenarioRun] = deque(maxlen=LATEST)

    def latest(self) -> str:
        """Say how the last runs went, for a test that fails."""
        return without_commands("\n".join(line for run in self._latest for line in (repr(run), *summary(run.program, run.details))))

    def __call__(
        self,
        path: str | Path,
        /,
        *,
        case: str | None = None,
        params: Mapping[str, Any] | None = None,
        seed: int | None = None,
        replay: str | None = None,
        free: bool = False,
        options: RunOptions | None = None,
        **more_params: Any,
    ) -> ScenarioRun:
        """Load a scenario and run it once.

        A keyword that is none of the above is a parameter of the scenario; `params` takes those whose names are.
        `seed`, `replay` and `free` are short for options with them.

        Raises:
            ScenarioError: the file is wrong; every problem with its place.
            UsageError: there is no such parameter or case, or the options do not go together.
        """
        __tracebackhide__ = True
        file = shown(self._folder / path)
        chosen = {**(params or {}), **more_params}
        options = options or RunOptions()
        options = replace(
            options,
            seed=options.seed if seed is None else seed,
            replay=options.replay if replay is None else replay,
            free=options.free or free,
        )
        try:
            program = load(file, chosen or None, case=case, limits=self._limits)
            outcome = run(program, options)
        except (ScenarioError, UsageError) as error:
            raise _told(error) from None
        if outcome.verdict == "interrupted":
            raise KeyboardInterrupt
        went = ScenarioRun(file, program, outcome, options, bool(chosen), self._update)
        self._latest.append(went)
        return went

    def explore(
        self,
        path: str | Path,
        /,
        *,
        case: str | None = None,
        params: Mapping[str, Any] | None = None,
        options: ExploreOptions | None = None,
        strict: bool = False,
        allow_bounded: bool = False,
        **more_params: Any,
    ) -> Exploration:
        """Search all interleavings of a scenario, and fail the test unless it holds under every one.

        Parameters are given as to run it. Without `options` the file's `explore` section says how. `strict` makes hazards failures,
        `allow_bounded` lets a search pass that found nothing and did not make all.

        Raises:
            AssertionError: something is wrong; the message is the whole report, with the smallest schedule that shows it.
            ScenarioError: the file is wrong; every problem with its place.
            UsageError: there is no such parameter, case or strategy.
        """
        __tracebackhide__ = True
        chosen = {**(params or {}), **more_params}
        try:
            program = load(shown(self._folder / path), chosen or None, case=case, limits=self._limits)
            found = explore(program, options, strict=strict, limits=self._limits)
        except (ScenarioError, UsageError) as error:
            raise _told(error) from None
        words = [word for name, value in chosen.items() for word in ("--set", f"{name}={value_text(value)}")]
        raise_findings(found, words, allow_bounded=allow_bounded)
        return found


def _told(error: ScenarioError | UsageError) -> Exception:
    """Return an error to raise at the caller's line, with what is wrong in the file: the way through the loader would tell nothing."""
    error.args = (without_commands(str(error)),)
    if isinstance(error, ScenarioError):
        error.add_note(without_commands(render(error)))
    return error.with_traceback(None)


@dataclass(frozen=True, slots=True, repr=False)
class ScenarioRun:
    """How a scenario's run went: `details` is the whole of it, the properties are what tests mostly ask for."""

    path: Path
    program: Program
    details: Outcome
    options: RunOptions
    _has_params: bool
    _update: Update | None

    @property
    def outcome(self) -> str:
        """How it ended: `completed`, `failed`, `deadlock` and the like."""
        return self.details.verdict

    @property
    def trace(self) -> Trace:
        """What happened."""
        return self.details.trace

    @property
    def token(self) -> str:
        """The token that replays it.

        Raises:
            UsageError: it ran on real threads, which nothing replays.
        """
        __tracebackhide__ = True
        if self.details.schedule is None:
            raise UsageError("a free run has no token: the operating system scheduled it")
        return self.details.schedule.token()

    @property
    def vars(self) -> Mapping[str, Any]:
        """The variables' values at the end."""
        return self.trace.footer.vars

    @property
    def printed(self) -> list[str]:
        """The lines it printed."""
        return [event.value for event in self.trace.events if event.op == "print"]

    @property
    def mismatches(self) -> list[Mismatch]:
        """What of the scenario's `expect` does not hold."""
        return judge(self.program, self.details)

    def assert_expected(self) -> None:
        """Assert that the run ended as the scenario's `expect` says.

        Raises:
            AssertionError: it did not; the message has each expectation that does not hold, with its line.
        """
        __tracebackhide__ = True
        raise_failure(self._result())

    def assert_golden(self, name: str | None = None) -> None:
        """Assert that the run ended as expected, and that its trace is its golden; with `--update-golden` it becomes that.

        The golden of a run with neither parameters, seed nor other options is the scenario's own. Any other run needs a `name`, and its
        golden is beside the scenario as `SCENARIO.NAME.trace.jsonl`.

        Raises:
            AssertionError: an expectation does not hold, or the trace differs.
            UsageError: the run needs a name, or cannot have a golden.
        """
        __tracebackhide__ = True
        golden = self._golden(name)
        result = self._result()
        if not result.mismatches:
            comparison = hold_against_golden(golden, self.trace, keep_pending=self._update is None and not in_ci())
            result = replace(result, comparison=comparison, code=PASSED if comparison.state == "same" else DIFFERS)
            if self._update is not None:
                self._update.take(Path.cwd() / golden, result, self.details, lambda: run(self.program, self.options))
                return
        raise_failure(result, None if name is None else f"pytest --update-golden, with this test; it writes {shlex.quote(str(golden))}")

    def _result(self) -> Result:
        mismatches = self.mismatches
        code = exit_code(self.program, self.details, mismatches)
        return Result(self.path, code, self.program.case, self.program, self.details, mismatches)

    def _golden(self, name: str | None) -> Path:
        __tracebackhide__ = True
        if self.options.free:
            raise UsageError("a free run can have no golden: the next one has other times")
        if name is None:
            if self._has_params or self.options != RunOptions():
                raise UsageError('a run with parameters, a seed or options has no golden of its own: name one, as in assert_golden("name")')
            return golden_of(self.path, self.program.case)
        if not name or "/" in name or "\\" in name or not name.isprintable():
            raise UsageError(f"a golden's name is part of a file's name, which {name!r} cannot be")
        return self.path.with_name(f"{name_of(self.path.stem, self.program.case)}.{name}{SUFFIX}")

    def __repr__(self) -> str:
        token = "on real threads" if self.details.schedule is None else self.token
        return f"<{self._result().name}: {self.outcome}, {token}>"
