"""The tree of executions, as far as it is handed out in parts: which parts there are to explore, and which more are wanted.

A part is explored by itself, by whichever process, and what comes of it does not depend on when. What it wants of choices before it is
put into the tree here, in the order of the parts, so the tree grows in the same way however many processes there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from runner.explore.dpor import Fork, Part, Reversal

Ranks = tuple[int, ...]


@dataclass(slots=True)
class Choice:
    """A choice on the way to a part: who is asleep there, and who has gone first, or goes in a part that was handed out."""

    asleep: tuple[str, ...]
    gone: list[str] = field(default_factory=list)


class Tree:
    """Parts to explore, in the order in which they came up."""

    def __init__(self) -> None:
        self.parts: list[Part] = [Part()]
        self._choices: dict[Ranks, Choice] = {}

    def take(self, most: int) -> list[Part]:
        """Hand out the first parts, so many at most."""
        taken, self.parts = self.parts[:most], self.parts[most:]
        return taken

    def grow(self, part: Part, forks: list[Fork], reversals: list[Reversal]) -> None:
        """Add what is left of a part, and what it wants of the choices before it."""
        for fork in forks:
            choice = self._choices[fork.ranks] = Choice(fork.asleep, list(fork.gone))
            for branch in fork.waiting:
                self._hand_out(fork.ranks, choice, branch)
        for reversal in reversals:
            choice = self._choices[reversal.ranks]
            if not any(thread in choice.gone or thread in choice.asleep for thread in reversal.first):
                self._hand_out(reversal.ranks, choice, reversal.branch)

    def _hand_out(self, ranks: Ranks, choice: Choice, branch: tuple[str, ...]) -> None:
        self.parts.append(Part(ranks, (*choice.asleep, *choice.gone), branch))
        choice.gone.append(branch[0])

    def forget(self) -> None:
        """Forget the choices that no part is behind: nothing can be wanted of them any more."""
        needed = {part.ranks[:at] for part in self.parts for at in range(len(part.ranks) + 1)}
        self._choices = {ranks: choice for ranks, choice in self._choices.items() if ranks in needed}
