"""Explore a program by its states: see them all, and make an execution to each end that is not like another."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from runner.exploration.dfs import Dfs
from runner.exploration.hazards import LOOKED_AT, Hazards
from runner.exploration.judge import Final, Symptom
from runner.exploration.parts import Explorer, Found, Seen, Share
from runner.exploration.states import Along, Reached, States
from runner.model.fields import TooNarrow

IN_CIRCLES = "whether threads that come back to a state they were in go on like that for ever"
RACES = "data races in executions that were not made"
Stop = Callable[[Found, Share], bool]


def explore_by_states(explorer: Explorer, stop: Stop) -> Found:
    """See every state, as far as the options grant it. `stop` is asked at each end that is new, and now and then."""
    options, judge = explorer.options, explorer.judge
    states = States(explorer.program, explorer.names, printed=judge.printed, max_steps=options.max_steps, most=options.max_states)
    while True:
        found = Found()
        try:
            _see(explorer, states, found, stop)
        except TooNarrow:
            continue
        except KeyboardInterrupt:
            found.interrupted = True
            found.exhausted = False
        return found


def _see(explorer: Explorer, states: States, found: Found, stop: Stop) -> None:
    ends = _Ends(explorer, found, stop)
    reached = states.reach(ends.take, ends.look)
    most = explorer.options.max_steps
    found.states = len(reached.before)
    found.exhausted = reached.all or reached.depth == most
    if found.exhausted and not reached.all:
        found.left_out[f"what comes after step {most}"] = None
    if reached.circles:
        found.left_out[IN_CIRCLES] = None
    _look_for_hazards(explorer, found)


class _Ends:
    """Judges the states in which executions end; those that nobody tells apart, once."""

    def __init__(self, explorer: Explorer, found: Found, stop: Stop) -> None:
        self._explorer = explorer
        self._found = found
        self._stop = stop
        self._known: dict[Hashable, tuple[Final, tuple[Symptom, ...]]] = {}

    def look(self, states: int) -> bool:
        """Say whether to stop after so many states."""
        self._found.states = states
        return self._stop(self._found, _unknown)

    def take(self, reached: Reached, end: int) -> bool:
        """Judge an end, and say whether to stop."""
        found, key = self._found, reached.system.end_of(end)
        if key in self._known:
            final, symptoms = self._known[key]
            found.finals[final.key][1].executions += 1
            for symptom in symptoms:
                found.symptoms[symptom.kind.value, symptom.key][1].executions += 1
            return False
        along = Along(reached.way(end))
        outcome = self._explorer.runs.execute(along, watched=True, record=self._explorer.judge.printed)
        if outcome is None or outcome.verdict == "interrupted":
            raise KeyboardInterrupt
        found.executions += 1
        how = (1, along.preemptions, outcome.steps, outcome.schedule)
        final, symptoms = self._known[key] = self._explorer.judge.assess(outcome)
        found.see_final(final, how)
        for symptom in symptoms:
            found.see_symptom(symptom, Seen(*how))
        return self.look(len(reached.before))


def _unknown() -> None:
    """Say how much is done: nobody knows how many states there are."""


def _look_for_hazards(explorer: Explorer, found: Found) -> None:
    """Look for hazards in some executions, for states show none."""
    hazards = Hazards(explorer.program, explorer.candidates, first=True)
    search = Dfs(explorer.names)
    left = LOOKED_AT
    while search.rest and hazards.wanted and left:
        search.more()
        left -= 1
        outcome = explorer.runs.execute(search, record=True)
        if outcome is not None and outcome.verdict != "interrupted":
            for symptom in hazards.of(outcome):
                found.see_symptom(symptom, Seen(1, search.preemptions, outcome.steps, outcome.schedule))
    for symptom in hazards.of_all():
        found.see_symptom(symptom, Seen(found.executions, 0, 0, None))
    if explorer.program.expect.races == "forbidden" and search.rest and hazards.wanted:
        found.left_out[RACES] = None
