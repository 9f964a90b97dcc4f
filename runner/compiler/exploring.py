"""How a scenario wants to be explored, with values computed: only parameters may decide it."""

from __future__ import annotations

from runner.compiler.names import Names, Path
from runner.errors import closest
from runner.program.exploring import STRATEGIES, TIMES, ExploreSettings, is_walk, wrong_strategy
from runner.spec.fields import kind_of
from runner.spec.models import Explore


def link_settings(explore: Explore | None, names: Names) -> ExploreSettings | None:
    """Link what is written under `explore`, if anything is; problems go to `names`."""
    if explore is None:
        return None

    def number(key: str, least: int) -> int | None:
        value = getattr(explore, key)
        return None if value is None else names.number(value, ("explore", key), least)

    strategy, seed = _strategy(explore, names), number("seed", 0)
    time = None if explore.time is None else names.word(explore.time, ("explore", "time"), tuple(TIMES))
    if seed is not None and strategy is not None and not is_walk(strategy):
        message = f"the strategy {strategy} leaves nothing to chance: a seed goes with random, pct:DEPTH or pos"
        names.problem("wrong-value", message, ("explore", "seed"))
    bounds = {key: number(key, 1) for key in ("max_executions", "max_states", "max_steps")}
    return ExploreSettings(strategy, seed, time, **bounds)


def _strategy(explore: Explore, names: Names) -> str | None:
    if explore.strategy is None:
        return None
    path: Path = ("explore", "strategy")
    value = names.constant(explore.strategy, path)
    if value is None:
        return None  # a problem already, as what only a template could come to
    wrong = wrong_strategy(value) if isinstance(value, str) else f"expected a strategy such as dpor, not {kind_of(value)}"
    if wrong is None:
        return str(value)
    guess = closest(value, STRATEGIES) if isinstance(value, str) else None
    names.problem("wrong-value", wrong, path, None if guess is None else f"did you mean {guess!r}?")
    return None
