"""Everything a scenario declares, by name, and the problems found while looking names up."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from runner.compiler.bounds import Bounds, Budget, SpentError
from runner.compiler.expressions import UnknownNameError, compile_expression
from runner.compiler.scope import DEFAULT_BOUNDS, Compiled, Scope, constant, replica_of
from runner.compiler.values import compile_value
from runner.errors import ExpressionError, Place, Problem, SizeLimitError, closest, either
from runner.limits import DEFAULT, Limits, flag
from runner.program.kinds import with_article
from runner.program.ops import Compute, Env
from runner.spec.advice import assignment_meant
from runner.spec.fields import kind_of

Path = tuple[str | int, ...]

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
QUEUES_SHUT_DOWN = sys.version_info >= (3, 13)
"""Whether this Python's queues have `shutdown`."""


class EnoughProblems(Exception):
    """Whatever else is wrong is not looked for: there are more problems than are shown, or finding them costs too much."""


class Places(Protocol):
    """Where things stand in the file."""

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Return the place of the value at a path, or of its key."""
        ...


def _wrong_kind(name: str, kind: str, allowed: frozenset[str], verb: str) -> str:
    return f"{name!r} is {with_article(kind)}; `{verb}` is for {either(sorted(allowed))}"


@dataclass(slots=True)
class Names:
    """Declared names, with what the compiler needs to know of each before it compiles any step.

    Replicas stand under their own names (`fork-0`); `groups` has what a declared name with `count` stands for.
    """

    places: Places
    params: Mapping[str, Any]
    limits: Limits = DEFAULT
    problems: list[Problem] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    """Resource → kind."""
    declared: dict[str, Path] = field(default_factory=dict)
    """Resource, thread, function or class → where it is declared."""
    resource_groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    threads: dict[str, bool] = field(default_factory=dict)
    """Thread → whether `start_new_thread` starts it."""
    thread_groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    functions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Function → its parameters."""
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Class → its fields."""
    things: dict[str, str] = field(default_factory=dict)
    """Resource or thread → kind: what expressions may ask something of. Complete before any body is compiled."""
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Resource or thread with `count` → its replicas."""
    mentioned: set[str] = field(default_factory=set)
    """Every name that an expression has used so far."""
    budget: Budget = field(init=False)
    """What the file's constants may still cost."""
    _known: dict[Any, Compiled] = field(default_factory=dict)
    _told: set[tuple[str, str, Place]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.budget = Budget(DEFAULT_BOUNDS if replace(self.limits, calls=()) == DEFAULT else Bounds(self.limits))

    def problem(self, code: str, message: str, path: Path, hint: str | None = None, *, key: bool = False) -> None:
        """Note a problem; compiling goes on to find the others, unless there are more than anybody reads.

        What several aliases or replicas stand for is judged several times, and told once.

        Raises:
            EnoughProblems: there are.
        """
        place = self.places.place(path, key=key)
        known = (code, message, replace(place, path=""))
        if known in self._told:
            return
        if len(self.problems) == self.limits.problems:
            self.problems.append(Problem("too-many-problems", "there are more problems than these; mend these first", place))
            raise EnoughProblems
        self._told.add(known)
        self.problems.append(Problem(code, message, place, hint))

    def unknown(self, what: str, name: str, path: Path, known: Iterable[str], *, key: bool = False) -> None:
        """Note that there is nothing of that name, with the likeliest one meant."""
        guess = closest(name, known)
        hint = None
        group = self.resource_groups.get(name.rpartition("-")[0]) if what == "resource" else None
        if name in self.kinds:
            hint = f"{name!r} is {with_article(self.kinds[name])}"
        elif name in self.threads or name in self.thread_groups:
            hint = f"{name!r} is a thread"
        elif what == "resource" and (assignment := assignment_meant(name)) is not None:
            hint = assignment
        elif what == "function" and name.endswith(")"):
            hint = "write its name alone; its arguments go into `args`"
        elif what == "thread" and "," in name:
            hint = "a list of names is written [a, b]"
        elif group is not None:
            hint = f"there are {group[0]} to {group[-1]}"
        elif guess is not None:
            hint = f"did you mean {guess!r}?"
            if guess in self.declared:
                hint += f" (declared at line {self.places.place(self.declared[guess], key=True).line})"
        self.problem(f"unknown-{what}", f"there is no {what} {name!r}", path, hint, key=key)

    def no_variable(self, name: str, advice: str, path: Path, *, key: bool = False) -> None:
        """Refuse a name that hides a shared variable: `${name}` could mean either."""
        if self.kinds.get(name) == "var":
            line = self.places.place(self.declared[name], key=True).line
            self.problem("name-collision", f"{name!r} is a shared variable (line {line}); {advice}", path, key=key)

    def scope(self, names: Iterable[str] = (), fields: Iterable[str] | None = None) -> Scope:
        """Return the scope of a body with these names of its own."""
        own_fields = None if fields is None else frozenset(fields)
        return Scope(self.params, frozenset(names), self.things, own_fields, self.budget, self.limits.expression, self.groups)

    def replica_scope(self, index: int) -> Scope:
        """Return the scope of what a replica is declared with: its number is a parameter."""
        return replace(self.scope(), params={**self.params, "index": index})

    def expression(self, text: str, scope: Scope, path: Path) -> Compiled:
        """Compile a bare expression (a `${…}` around it is allowed); None on a problem."""
        stripped = text.strip()
        if stripped.startswith("${") and stripped.endswith("}"):
            stripped = stripped[2:-1]
        return self._compile(compile_expression, stripped, scope, path)

    def value(self, value: Any, scope: Scope, path: Path) -> Compiled:
        """Compile data with `${…}` in it."""
        if isinstance(value, str) and "${" in value:
            return self._compile(compile_value, value, scope, path)
        try:
            self.budget.pay(5)  # a thousand replicas of an object with ten thousand fields are too many as well
            compiled = compile_value(value, scope)
        except ExpressionError as error:
            return self._failed(error, path)
        if compiled.names:
            self.mentioned |= compiled.names
        return compiled

    def _compile(self, compile: Callable[[str, Scope], Compiled], text: str, scope: Scope, path: Path) -> Compiled:
        """Compile a text, once for all the bodies with the same names: several threads often do the same."""
        key = (compile, text, scope.names, scope.fields) if scope.params is self.params else None
        compiled = self._known.get(key)
        if compiled is None:
            try:
                compiled = compile(text, scope)
            except ExpressionError as error:
                return self._failed(error, path)
            if key is not None:
                self._known[key] = compiled
        self.mentioned |= compiled.names
        return compiled

    def _failed(self, error: ExpressionError, path: Path) -> Compiled:
        if isinstance(error, UnknownNameError):
            self.problem("unknown-name", str(error), path, f"did you mean {error.guess!r}?" if error.guess else None)
        elif isinstance(error, SizeLimitError):
            self.problem("too-large-value", str(error), path, flag(error.limit))
        else:
            self.problem("bad-expression", str(error), path)
        if isinstance(error, SpentError):
            raise EnoughProblems
        return constant(None)  # compiling goes on, to find the other problems

    def resource(self, reference: str, scope: Scope, path: Path, allowed: frozenset[str], verb: str, *, key: bool = False) -> Compiled:
        """Compile a reference to a resource of one of the allowed kinds; a computed one is looked up when it runs."""
        compiled = self.value(reference, scope, path)
        if not compiled.constant:
            self.own_names_only(compiled, "resource", path)
            return Compiled(self._checked(compiled.compute, allowed, verb))
        name = compiled.value
        if not self._is_name(name, path):
            return compiled
        if name in self.kinds:
            if self.kinds[name] not in allowed:
                written = {"var": f"to write it: `set: {{{name}: …}}`", "local": f"each thread sets its own: `set: {{{name}.NAME: …}}`"}
                hint = written.get(self.kinds[name]) if verb == "set" else None
                self.problem("wrong-kind", _wrong_kind(name, self.kinds[name], allowed, verb), path, hint, key=key)
        elif name in self.resource_groups:
            replicas = self.resource_groups[name]
            self.problem("wrong-kind", f"{name!r} stands for {len(replicas)} resources; name one", path, f"{replicas[0]} to {replicas[-1]}")
        else:
            self.unknown("resource", str(name), path, (*self.kinds, *self.resource_groups), key=key)
        return compiled

    def own_names_only(self, compiled: Compiled, what: str, path: Path) -> None:
        """Refuse a computed name of a resource or a thread that is made of what threads share: nobody would read that."""
        if compiled.reads:
            self.problem("bad-expression", f"a {what}'s name cannot depend on what threads share", path, "read it into a name first")

    def replica(self, name: str, group: tuple[str, ...], index: str, scope: Scope, path: Path) -> Compiled:
        """Compile `NAME[INDEX]` as a reference to one of those that a name stands for."""
        compiled = self.expression(index, scope, path)
        try:
            return replace(compiled, compute=replica_of(name, group, compiled))
        except ExpressionError as error:
            return self._failed(error, path)

    def is_timer(self, name: str) -> bool:
        """Say whether a declared name is a timer's, or stands for several."""
        replicas = self.resource_groups.get(name, (name,))
        return bool(replicas) and self.kinds.get(replicas[0]) == "timer"

    def _is_name(self, value: Any, path: Path) -> bool:
        if value is not None and not isinstance(value, str):
            self.problem("wrong-type", f"a name is text, not {value!r}", path)
        return isinstance(value, str)

    def _checked(self, compute: Compute, allowed: frozenset[str], verb: str) -> Compute:
        """Look a computed name up when it is computed."""
        kinds = self.kinds

        def name(env: Env) -> str:
            computed: str = compute(env)
            kind = kinds.get(computed) if isinstance(computed, str) else None
            if kind is None:
                raise LookupError(f"there is no resource {computed!r}")
            if kind not in allowed:
                raise TypeError(_wrong_kind(computed, kind, allowed, verb))
            return computed

        return name

    def thread(self, reference: str, scope: Scope, path: Path) -> Compiled:
        """Compile a reference to a thread or a group of replicas."""
        compiled = self.value(reference, scope, path)
        self.own_names_only(compiled, "thread", path)
        if compiled.constant and self._is_name(compiled.value, path):
            name = compiled.value
            if name == "main":
                self.problem("cannot-join", "'main' is the main thread: it cannot be started, and nobody can join it", path)
            elif name not in self.threads and name not in self.thread_groups:
                if name in self.kinds:
                    self.problem("wrong-kind", f"{name!r} is {with_article(self.kinds[name])}; expected a thread or a timer", path)
                else:
                    self.unknown("thread", str(name), path, (*self.threads, *self.thread_groups))
        return compiled

    def number(self, value: int | str, path: Path, least: int, scope: Scope | None = None) -> int:
        """Evaluate a count that only parameters may decide."""
        result = self.value(value, scope or self.scope(), path)
        if not result.constant:
            self.problem("bad-expression", "what threads share cannot be used here: it has no value before the run", path)
            return max(least, 1)
        number = result.value
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= 10**9:
            if not self.just_reported(path):
                self.problem("bad-count", f"expected a whole number of at least {least}, not {kind_of(number)}", path)
            return max(least, 1)
        return number

    def constant(self, value: Any, path: Path, scope: Scope | None = None) -> Any:
        """Evaluate a value that only parameters may decide."""
        result = self.value(value, scope or self.scope(), path)
        if not result.constant:
            self.problem("bad-expression", "what threads share cannot be used here: it has no value before the run", path)
            return None
        return result.value

    def word(self, value: Any, path: Path, words: Sequence[str]) -> Any:
        """Evaluate a value that must come to one of these words; what else it comes to is a problem, and is returned too."""
        word = self.constant(value, path)
        if word not in words and word is not None:
            guess = closest(word, words) if isinstance(word, str) else None
            message = f"expected {either(words)}, not {kind_of(word)}"
            self.problem("wrong-value", message, path, None if guess is None else f"did you mean {guess!r}?")
        return word

    def just_reported(self, path: Path) -> bool:
        """Say whether the last problem is at this place: what follows from it is none of its own."""
        return bool(self.problems) and self.problems[-1].place == self.places.place(path)
