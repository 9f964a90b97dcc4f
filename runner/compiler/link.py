"""A whole scenario to a Program: declare every name, compile every body, evaluate what parameters decide."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from runner.compiler import flow, verbs  # noqa: F401  # they register what each verb compiles to
from runner.compiler.binding import names_bound
from runner.compiler.body import Body, repeat
from runner.compiler.calls import call_python
from runner.compiler.declare import declare
from runner.compiler.expect import link_expectation
from runner.compiler.exploring import link_settings
from runner.compiler.names import EnoughProblems, Names, Path
from runner.compiler.resources import link_resources
from runner.compiler.unnamed import unnamed
from runner.errors import Place, ScenarioError, UsageError, did_you_mean
from runner.limits import DEFAULT, Limits, flag
from runner.program import Code, Expectation, Program, Resource, ThreadProgram, ops
from runner.program.ops import Env
from runner.program.schedule import Schedule
from runner.spec import Loaded, Scenario
from runner.spec.steps import Step

MAX_CALL_DEPTH = 100
"""Functions that call functions: well below what Python's own stack bears."""

IN_EVERY_BODY = ("thread",)
IN_THREADS = ("thread", "index", "iteration")


def compile_scenario(
    loaded: Loaded, overrides: Mapping[str, Any] | None = None, case: str | None = None, limits: Limits = DEFAULT
) -> Program:
    """Compile a loaded scenario: one of its cases or pinned schedules, if it has any, with parameters overridden.

    Raises:
        ScenarioError: names that do not resolve, expressions that are none, values out of bounds; all of them.
        UsageError: an override names no parameter, or there is no such case.
    """
    return _Linker(loaded, overrides or {}, case, limits).program()


class _Linker:
    def __init__(self, loaded: Loaded, overrides: Mapping[str, Any], case: str | None, limits: Limits) -> None:
        self.scenario: Scenario = loaded.scenario
        self.source = loaded.source
        self.case = case
        cases, pins = self.scenario.cases or {}, self.scenario.schedules or {}
        if case is not None and case not in cases and case not in pins:
            raise self._nothing("case", case, [*cases, *pins])
        self.pin = pins.get(case or "")
        if self.pin is not None:
            case = self.pin.case
        for name in overrides:
            if name not in self.scenario.params:
                raise self._nothing("parameter", name, self.scenario.params)
        chosen = {name: value for name, value in cases.get(case or "", {}).items() if name in self.scenario.params}
        self.params = {**self.scenario.params, **chosen, **overrides}
        self.changed = {name: self.params[name] for name, default in self.scenario.params.items() if self.params[name] != default}
        self.names = Names(self.source, self.params, limits)
        self.calls: dict[str, dict[str, Path]] = {}
        self.mentioned: dict[str, set[str]] = {}
        """Function → the names that its steps use."""

    def _nothing(self, what: str, name: str, known: Iterable[str]) -> UsageError:
        hint = did_you_mean(name, known)
        return UsageError(f"{self.source.text.name} has no {what} {name!r}" + (f"; {hint}" if hint else ""))

    def program(self) -> Program:
        try:
            return self._program()
        except EnoughProblems:
            raise ScenarioError(self.source.text, self.names.problems) from None

    def _program(self) -> Program:
        declare(self.scenario, self.names)
        resources = link_resources(self.scenario, self.names)
        functions = self._functions()
        threads = {**self._threads(), **self._timers(resources)}
        main = self._main()
        expect = link_expectation(self.scenario.expect, self.names, resources)
        if self.pin is not None:  # its golden decides
            expect = Expectation(places={"outcome": self._place("schedules", str(self.case))})
        explore = link_settings(self.scenario.explore, self.names)
        self._check_workers(resources)
        self._check_cycles()
        if self.names.problems:
            raise ScenarioError(self.source.text, self.names.problems)
        stem = self.source.text.name.replace("\\", "/").rpartition("/")[2].removesuffix(".yaml").removesuffix(".yml")
        stem = stem.encode("utf-8", "backslashreplace").decode()  # a file's name need not be text; the trace is
        program = Program(
            name=self.scenario.name or stem,
            case=self.case,
            source=self.source.text,
            fingerprint=self._fingerprint(),
            params=self.changed,
            resources=resources,
            functions=functions,
            classes=tuple(self.scenario.classes),
            threads=threads,
            groups=self.names.thread_groups,
            main=main,
            exit_place=self._place("main") if self.scenario.main is not None else self._place("threads"),
            expect=expect,
            schedule=None if self.pin is None else Schedule.from_token(self.pin.token),
            explore=explore,
        )
        return replace(program, unnamed=unnamed(self.scenario, self.names, self.mentioned, program.codes))

    def _place(self, *path: str | int) -> Place:
        return self.source.place(path, key=True)

    def _fingerprint(self) -> str:
        """Digest what decides behaviour: the file less its prose, and the parameters."""
        prose = {"name", "description", "tags", "expect", "explore", "params", "cases", "schedules"}
        text = self.scenario.model_dump_json(exclude=prose, exclude_unset=True)
        return f"{zlib.crc32(f'{text}{sorted(self.params.items())!r}'.encode()):08x}"

    # -- bodies ----------------------------------------------------------------------------------------------------------

    def _body(self, steps: list[Step], path: Path, names: Iterable[str], fields: Iterable[str] | None = None) -> Body:
        """Compile a body that has `names` besides those its own steps bind."""
        bound: dict[str, Path] = {}
        for name, where in names_bound(steps, path):
            bound.setdefault(name, where)
        for name, where in bound.items():
            self.names.no_variable(name, "call the local value something else", where, key=where[-1] == name)
        given = (*IN_EVERY_BODY, *names, *(name for name in bound if not name.startswith("self.")))
        return Body(self.names, self.names.scope(given, fields))

    def _functions(self) -> dict[str, Code]:
        codes = {}
        for name, function in self.scenario.functions.items():
            path: Path = ("functions", name, "do")
            body = self._body(function.do, path, function.params)
            outside, self.names.mentioned = self.names.mentioned, set()
            body.steps(function.do, path)
            self.mentioned[name] = self.names.mentioned
            self.names.mentioned = outside | self.mentioned[name]
            self.calls[name] = body.calls
            codes[name] = body.code()
        return codes

    def _main(self) -> Code:
        """Compile `main`, or what it stands for when left out: start all, then join every thread that can and should be waited for."""
        if self.scenario.main is not None:
            body = self._body(self.scenario.main, ("main",), ())
            body.steps(self.scenario.main, ("main",))
            return body.code()
        body = Body(self.names, self.names.scope(IN_EVERY_BODY))
        for name in self.scenario.threads:
            body.emit(ops.Start(self._place("threads", name), lambda env, name=name: name))  # type: ignore[misc]
        for name, thread in self.scenario.threads.items():
            if not thread.daemon and thread.start_with == "thread":
                body.emit(ops.Join(self._place("threads", name), lambda env, name=name: name))  # type: ignore[misc]
        return body.code()

    # -- threads ---------------------------------------------------------------------------------------------------------

    def _threads(self) -> dict[str, ThreadProgram]:
        threads: dict[str, ThreadProgram] = {}
        classes = self._class_codes()
        for name, thread in self.scenario.threads.items():
            path: Path = ("threads", name)
            code = self._thread_code(thread, path, classes)
            for index, replica in enumerate(self.names.thread_groups.get(name, (name,))):
                env = Env(thread=replica, index=index, iteration=0)
                if thread.class_ is not None:
                    env.update(self._fields(thread, path, index, replica))
                if code is not None:
                    threads[replica] = ThreadProgram(
                        replica,
                        code,
                        env,
                        self._place(*path),
                        thread.daemon,
                        thread.class_,
                        thread.start_with == "start_new_thread",
                    )
        return threads

    def _timers(self, resources: Mapping[str, Resource]) -> dict[str, ThreadProgram]:
        """Make the threads of the timers: each runs its function once its time has come."""
        threads: dict[str, ThreadProgram] = {}
        for name, timer in self.scenario.resources.items():
            if timer.kind != "timer":
                continue
            path: Path = ("resources", name)
            body = self._body([], path, ("index",))
            called = body.called(timer.function, timer.args, path)
            if called is not None:
                body.emit(ops.Call(self._place(*path, "function"), *called))
            for index, replica in enumerate(self.names.resource_groups.get(name, (name,))):
                env = Env(thread=replica, index=index)
                interval = resources[replica].options["interval"]
                threads[replica] = ThreadProgram(replica, body.code(), env, self._place(*path), timer.daemon, interval=interval)
        return threads

    def _class_codes(self) -> dict[str, Code]:
        codes = {}
        for name, thread_class in self.scenario.classes.items():
            path: Path = ("classes", name, "run")
            body = self._body(thread_class.run, path, ("index",), {*thread_class.fields, "name"})
            body.steps(thread_class.run, path)
            codes[name] = body.code()
        return codes

    def _thread_code(self, thread: Any, path: Path, classes: Mapping[str, Code]) -> Code | None:
        if thread.class_ is not None:
            if thread.class_ not in classes:
                self.names.unknown("class", thread.class_, (*path, "class"), classes)
            return classes.get(thread.class_)
        body = self._body(thread.do or [], (*path, "do"), IN_THREADS)

        def turn() -> None:
            if thread.wait is not None:
                wait = body.duration(thread.wait, (*path, "wait"))
                if wait is not None:
                    body.emit(ops.Sleep(body.place((*path, "wait")), wait))
            if thread.do is not None:
                body.steps(thread.do, (*path, "do"))
            else:
                self._call_target(body, thread, path)

        if thread.iterations is None:
            turn()
        else:
            times = body.count(thread.iterations, (*path, "iterations"))
            repeat(body, times, "iteration", (*path, "iterations"), turn)
        return body.code()

    def _call_target(self, body: Body, thread: Any, path: Path) -> None:
        if thread.call is not None:
            call_python(body, thread.call, thread.args or [], path, "call", place=self._place(*path, "call"))
            return
        called = body.called(thread.target, thread.args or [], path, "target")
        if called is not None:
            body.emit(ops.Call(self._place(*path, "target"), *called))

    def _fields(self, thread: Any, path: Path, index: int, replica: str) -> dict[str, Any]:
        """Evaluate a class instance's fields."""
        fields = self.names.classes.get(thread.class_)
        given = thread.with_ or {}
        if fields is None:
            return {}
        known = frozenset(fields)
        for name in given:
            if name not in known:
                message = f"{thread.class_!r} has no field {name!r}"
                self.names.problem("wrong-arguments", message, (*path, "with", name), did_you_mean(name, fields), key=True)
        missing = [name for name in fields if name not in given]
        if missing and index == 0:
            self.names.problem("wrong-arguments", f"{thread.class_!r} needs {', '.join(missing)} too", (*path, "with"))
        scope = self.names.replica_scope(index)
        values = {f"self.{name}": self.names.constant(value, (*path, "with", name), scope) for name, value in given.items()}
        return {"self.name": replica, **values}

    # -- checks ----------------------------------------------------------------------------------------------------------

    def _check_workers(self, resources: Mapping[str, Resource]) -> None:
        """Refuse threads with the name of a pool's worker, which no trace could tell apart, and more workers than there may be threads."""
        names, most = self.names, self.names.limits.threads
        pools = {name: each.options["max_workers"] for name, each in resources.items() if each.kind == "pool"}
        for name in names.threads:
            pool, _, number = name.rpartition("_")
            if pool in pools and re.fullmatch("0|[1-9][0-9]{0,9}", number) and int(number) < pools[pool]:
                message = f"{name!r} is the name of a worker of {pool!r}, which is declared in line {resources[pool].place.line}"
                names.problem("name-collision", message, names.declared[name], key=True)
        number_of_all = len(names.threads) + sum(pools.values())
        if number_of_all > most >= len(names.threads):
            message = f"{number_of_all} threads, the workers of pools among them, are more than the limit of {most}"
            names.problem("too-many", message, ("resources",), flag("threads"), key=True)

    def _check_cycles(self) -> None:
        """Refuse functions that call each other in a circle, which would never end, or too deep for a stack."""
        heights: dict[str, int] = {}

        def visit(name: str, trail: tuple[str, ...]) -> None:
            trail = (*trail, name)
            heights[name] = 1
            for callee, path in self.calls.get(name, {}).items():
                if callee in trail:
                    circle = " → ".join((*trail[trail.index(callee) :], callee))
                    self.names.problem("cyclic-functions", f"functions call each other in a circle: {circle}", path, key=True)
                    continue
                if callee not in heights and len(trail) < MAX_CALL_DEPTH:
                    visit(callee, trail)
                height = heights[name] = max(heights[name], heights.get(callee, MAX_CALL_DEPTH) + 1)
                if height == MAX_CALL_DEPTH + 1:  # once; those that call this one are deeper still
                    self.names.problem("too-many", f"functions call each other more than {MAX_CALL_DEPTH} deep", path, key=True)

        for name in self.calls:
            if name not in heights:
                visit(name, ())
