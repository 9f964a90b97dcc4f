"""The tree of executions, as far as it is handed out in parts: which parts there are to explore, and which more are wanted.

A part is explored by itself, by whichever process, and what comes of it does not depend on when. What it wants of choices before it is
put into the tree here, in the order of the parts, so the tree grows in the same way however many processes there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from runner.exploration.part import PART, Part, Seeds
from runner.exploration.parts import Found

Ranks = tuple[int, ...]


@dataclass(slots=True)
class Choice:
    """A choice on the way to a part: who is asleep there, and who has gone first, or goes in a part that was handed out."""

    asleep: tuple[str, ...]
    gone: list[str] = field(default_factory=list)


class Tree:
    """Parts to explore, in the order in which they came up."""

    def __init__(self, parts: Iterable[Part] = (Part(),), choices: Mapping[Ranks, Choice] | None = None) -> None:
        self.parts = list(parts)
        self.choices: dict[Ranks, Choice] = dict(choices or {})

    def take(self, most: int) -> list[Part]:
        """Hand out the first parts, so many at most. What nobody can want anything of any more is forgotten."""
        needed = {part.ranks[:at] for part in self.parts for at in range(len(part.ranks) + 1)} if self.choices else set()
        self.choices = {ranks: choice for ranks, choice in self.choices.items() if ranks in needed}
        taken, self.parts = self.parts[:most], self.parts[most:]
        return taken

    def grow(self, found: Found) -> None:
        """Add what is left of a part, and what it wants of the choices before it."""
        self.parts += [part for part in found.parts if isinstance(part, Part)]
        for fork in found.forks:
            choice = self.choices[fork.ranks] = Choice(fork.asleep, list(fork.gone))
            for branch in fork.waiting:
                self._hand_out(fork.ranks, choice, branch)
        for reversal in found.reversals:
            choice = self.choices[reversal.ranks]
            if not any(thread in choice.gone or thread in choice.asleep for thread in reversal.first):
                self._hand_out(reversal.ranks, choice, reversal.branch)

    def _hand_out(self, ranks: Ranks, choice: Choice, branch: tuple[str, ...]) -> None:
        self.parts.append(Part(ranks, (*choice.asleep, *choice.gone), branch))
        choice.gone.append(branch[0])


class Line:
    """Seeds to try, one after the other, without an end; those of `parts` come first."""

    def __init__(self, start: int, parts: Iterable[Seeds] = ()) -> None:
        self.start = start
        self.parts = list(parts)

    def take(self, most: int) -> list[Seeds]:
        """Hand out so many parts."""
        while len(self.parts) < most:
            self.parts.append(Seeds(self.start, self.start + PART))
            self.start += PART
        taken, self.parts = self.parts[:most], self.parts[most:]
        return taken

    def grow(self, found: Found) -> None:
        """Take back what is left of a part."""
        self.parts += [part for part in found.parts if isinstance(part, Seeds)]
