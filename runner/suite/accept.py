"""Accept what scenarios do now as their goldens: all that were asked for, or none.

`same_again` and `carry_out` are the rules for whoever takes traces one by one: `review`, and pytest with `--update-golden`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from runner.errors import ScenarioError, UsageError
from runner.golden import change_goldens, conflict_in, golden_of, pending_of, recover, refuse_newer
from runner.interpreter import Outcome
from runner.limits import DEFAULT, Limits
from runner.suite.check import Result
from runner.suite.discover import refuse_shared
from runner.suite.judge import INTERRUPTED, INVALID, exit_code, judge
from runner.suite.launch import RunOptions, load_cases, run
from runner.trace import encode


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of accepting: each golden that changed, with what it was before, those that did not, and what was refused."""

    changed: Mapping[Path, str] = field(default_factory=dict)
    unchanged: tuple[Path, ...] = ()
    refused: tuple[Result, ...] = ()


def accept_all(
    scenarios: Iterable[Path],
    options: RunOptions | None = None,
    *,
    case: str | None = None,
    limits: Limits = DEFAULT,
    only: Container[Path] | None = None,
    as_pending: bool = False,
    dry_run: bool = False,
    begins: Callable[[Path], None] = lambda scenario: None,
) -> Accepted:
    """Write the goldens of scenarios, of all their cases or the one of that name, and remove what is pending for them.

    A scenario is refused when it is invalid or its outcome is not the expected one; then nothing at all is written. Each is run
    twice, and the two traces must be the same bytes. `only` picks goldens. With `as_pending` only those are written for which a
    trace is pending, and it must be that trace. With `dry_run` nothing is written. `begins` hears of each scenario before it is run.

    Raises:
        UsageError: a scenario is not deterministic, does not do what is pending, has no such case, shares its golden with another
            or has one of a newer version, or a file cannot be written. Then nothing is written either.
    """
    scenarios = list(scenarios)
    recover(dict.fromkeys(scenario.parent for scenario in scenarios))
    refuse_shared(scenarios)
    texts: dict[Path, str] = {}
    refused: list[Result] = []
    for scenario in scenarios:
        begins(scenario)
        try:
            programs = load_cases(scenario, case=case, limits=limits)
        except ScenarioError as error:
            refused.append(Result(scenario, INVALID, invalid=error))
            continue
        for program in programs:
            golden = golden_of(scenario, program.case)
            if (only is not None and golden not in only) or (as_pending and not pending_of(golden).exists()):
                continue
            refuse_newer(golden)
            outcome = run(program, options)
            mismatches = judge(program, outcome)
            code = exit_code(program, outcome, mismatches)
            if code:
                refused.append(Result(scenario, code, program.case, program, outcome, mismatches))
                if code == INTERRUPTED:
                    return Accepted(refused=tuple(refused))
                continue
            texts[golden] = text = encode(outcome.trace)
            if not same_again(text, partial(run, program, options)):
                raise UsageError(f"{scenario} gave two different traces when run twice; nothing was written")
            if as_pending:
                _refuse_other(scenario, pending_of(golden), text)
    if refused:
        return Accepted(refused=tuple(refused))
    before = {golden: what_it_is(golden, text) for golden, text in texts.items()}
    if not dry_run:
        carry_out(texts)
    changed = {golden: was for golden, was in before.items() if was is not None}
    return Accepted(changed, tuple(golden for golden in texts if golden not in changed))


def same_again(text: str, again: Callable[[], Outcome]) -> bool:
    """Say whether a second run gives the trace that the first one gave: one that does not can have no golden.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    outcome = again()
    if outcome.verdict == "interrupted":
        raise KeyboardInterrupt
    return encode(outcome.trace) == text


def carry_out(accepted: Mapping[Path, str], rejected: Iterable[Path] = ()) -> list[Path]:
    """Write accepted goldens, and remove what is pending for these and for rejected ones: all or none. Return the goldens that changed.

    Raises:
        UsageError: a golden is of a newer version, or a file cannot be written or removed.
    """
    for golden in accepted:
        refuse_newer(golden)
    pending = {pending_of(golden): None for golden in (*accepted, *rejected)}
    changed = change_goldens({**accepted, **pending})
    return [golden for golden in accepted if golden in changed]


def _refuse_other(scenario: Path, pending: Path, text: str) -> None:
    try:
        data = pending.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {pending}: {error.strerror}; nothing was written") from None
    if data != text.encode():
        raise UsageError(
            f"{scenario} has changed since it was looked at: it no longer does what is in {pending}; nothing was written. "
            "`python -m runner test` shows what it does now"
        )


def what_it_is(golden: Path, text: str) -> str | None:
    """Say what a golden is that is to hold a text: new, changed, or with a merge conflict; None if it holds the text already."""
    try:
        data = golden.read_bytes()
    except FileNotFoundError:
        return "new"
    except OSError:
        return "changed"
    if data == text.encode():
        return None
    line = conflict_in(golden)
    return "changed" if line is None else f"it had a merge conflict at line {line}"
