"""Programs written twice, in YAML and against the modules everyone imports: each thread says the same.

They are written so that each of their threads says the same under any schedule.
"""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any

import pytest

Said = dict[str, list[str]]
Say = Callable[[object], None]

PROGRAMS: dict[str, tuple[str, Callable[[Say], None]]] = {}


def same_as(scenario: str) -> Callable[[Callable[[Say], None]], Callable[[Say], None]]:
    """Register a Python program as the same as a scenario."""

    def register(program: Callable[[Say], None]) -> Callable[[Say], None]:
        PROGRAMS[program.__name__] = (scenario, program)
        return program

    return register


def run_all(**bodies: Callable[[], None]) -> None:
    """Start a thread for each body, by its name, and join them."""
    threads = [threading.Thread(target=body, name=name, daemon=True) for name, body in bodies.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@same_as("""
    resources: {q: {kind: queue, maxsize: 1}}
    threads:
      producer:
        do: [{for: {each: x, in: [3, 1, 2], do: [{put: {queue: q, item: "${x}"}}, {print: "${x}"}]}}, {put: {queue: q, item: null}}]
      consumer: {do: [{forever: [{get: {queue: q, as: x}}, {if: {test: x == None, then: [break]}}, {print: "${x * x}"}, {task_done: q}]}]}
""")
def producer_and_consumer(say: Say) -> None:
    q: queue.Queue[int | None] = queue.Queue(1)

    def producer() -> None:
        for x in (3, 1, 2):
            q.put(x)
            say(x)
        q.put(None)

    def consumer() -> None:
        while (x := q.get()) is not None:
            say(x * x)
            q.task_done()

    run_all(producer=producer, consumer=consumer)


@same_as("""
    resources: {turn: {kind: var, value: a}, c: condition}
    functions:
      play:
        params: [other]
        do:
          - repeat:
              times: 3
              as: i
              do:
                - with:
                    lock: c
                    do: [{wait_for: {condition: c, until: turn == thread}}, {print: "${i}"}, {set: {turn: "${other}"}}, {notify_all: c}]
    threads: {a: {target: play, args: [b]}, b: {target: play, args: [a]}}
""")
def taking_turns(say: Say) -> None:
    c = threading.Condition()
    turn = "a"

    def play(other: str) -> None:
        nonlocal turn
        for i in range(3):
            with c:
                while turn != threading.current_thread().name:  # what `wait_for` does
                    c.wait()
                say(i)
                turn = other
                c.notify_all()

    run_all(a=lambda: play("b"), b=lambda: play("a"))


@same_as("""
    resources: {b: {kind: barrier, parties: 3}, places: queue}
    threads:
      w:
        count: 3
        do:
          - repeat: {times: 2, as: i, do: [{wait: {for: b, as: place}}, {put: {queue: places, item: "${place}"}}, {print: "${i}"}]}
          - try:
              do: [{if: {test: index > 0, then: [{wait: b}]}}]
              except: {BrokenBarrierError: [{print: broken}]}
              finally: [{print: out}]
    main:
      - start: w
      - let: {seen: []}
      - repeat: {times: 6, do: [{get: {queue: places, as: place}}, {let: {seen: "${sorted(seen + [place])}"}}]}
      - print: ${seen}
      - abort: b
      - join: w
      - print: ${b.broken}
""")
def rounds(say: Say) -> None:
    b = threading.Barrier(3)
    places: queue.Queue[int] = queue.Queue()

    def worker(index: int) -> None:
        for i in range(2):
            places.put(b.wait())
            say(i)
        try:
            if index > 0:
                b.wait()
        except threading.BrokenBarrierError:
            say("broken")
        finally:
            say("out")

    threads = [threading.Thread(target=worker, args=(i,), name=f"w-{i}", daemon=True) for i in range(3)]
    for thread in threads:
        thread.start()
    say(sorted(places.get() for _ in range(6)))
    b.abort()
    for thread in threads:
        thread.join()
    say(b.broken)


@same_as("""
    resources: {p: {kind: pool, max_workers: 2}}
    functions:
      root: {params: [n], do: [{if: {test: n < 0, then: [{raise: ValueError}]}}, {return: "${n ** 0.5}"}]}
      try_it: {params: [job], do: [{result: {future: "${job}", as: x}}, {return: "${x}"}]}
    main:
      - let: {jobs: []}
      - for: {each: n, in: [4, -1, 9], do: [{submit: {pool: p, function: root, args: ["${n}"], as: job}}, {let: {jobs: "${jobs + [job]}"}}]}
      - for:
          each: job
          in: ${jobs}
          do:
            - try:
                do: [{run: {function: try_it, args: ["${job}"], as: x}}]
                except: {ValueError: [{print: negative}]}
                else: [{print: "${x}"}]
                finally: [{print: "${job.done()} ${job.running()} ${job.cancelled()}"}]
      - shutdown: p
      - try: {do: [{submit: {pool: p, function: root, args: [1]}}], except: {RuntimeError: [{print: shut}]}}
""")
def roots_by_a_pool(say: Say) -> None:
    def root(n: int) -> float:
        if n < 0:
            raise ValueError
        return n**0.5

    pool = ThreadPoolExecutor(2)
    jobs: list[Future[float]] = [pool.submit(root, n) for n in (4, -1, 9)]
    for job in jobs:
        try:
            x = job.result()
        except ValueError:
            say("negative")
        else:
            say(x)
        finally:
            say(f"{job.done()} {job.running()} {job.cancelled()}")
    pool.shutdown()
    try:
        pool.submit(root, 1)
    except RuntimeError:
        say("shut")


@same_as("""
    resources: {p: {kind: pool, max_workers: 1}, begun: event, go: event}
    functions: {hold: {do: [{set: begun}, {wait: {for: go, as: came}}, {return: "${came}"}]}}
    main:
      - submit: {pool: p, function: hold, as: first}
      - submit: {pool: p, function: hold, as: second}
      - wait: begun
      - try: {do: [{result: {future: "${first}", timeout: 0}}], except: {TimeoutError: [{print: not yet}]}}
      - cancel: {what: "${first}", as: a}
      - cancel: {what: "${second}", as: b}
      - print: "${[a, b, first.running(), second.cancelled(), second.done()]}"
      - shutdown: {resource: p, wait: false, cancel_futures: true}
      - set: go
      - result: {future: "${first}", as: x}
      - print: ${x}
      - try: {do: [{result: "${second}"}], except: {CancelledError: [{print: cancelled}]}}
""")
def cancelling(say: Say) -> None:
    begun, go = threading.Event(), threading.Event()

    def hold() -> bool:
        begun.set()
        return go.wait()

    pool = ThreadPoolExecutor(1)
    first, second = pool.submit(hold), pool.submit(hold)
    begun.wait()
    try:
        first.result(timeout=0)
    except TimeoutError:
        say("not yet")
    a, b = first.cancel(), second.cancel()
    say([a, b, first.running(), second.cancelled(), second.done()])
    pool.shutdown(wait=False, cancel_futures=True)
    go.set()
    say(first.result())
    try:
        second.result()
    except CancelledError:
        say("cancelled")


@same_as("""
    resources: {guard: rlock, slots: {kind: bounded_semaphore, value: 1}}
    functions:
      dive:
        params: [n]
        do:
          - with:
              lock: guard
              do:
                - try:
                    do:
                      - if: {test: n == 0, then: [{raise: KeyError}]}
                      - for: {each: i, in: [1, 2], do: [{with: {lock: slots, do: [{if: {test: i == n, then: [{return: "${i}"}]}}]}}]}
                      - raise: LookupError
                    except: {KeyError: [{print: key}, raise], LookupError: [{return: none}]}
                    else: [{print: never}]
                    finally: [{print: "finally ${n}"}]
      dive_all:
        do:
          - for:
              each: n
              in: [1, 2, 3, 0]
              do: [{run: {function: dive, args: ["${n}"], as: x}}, {print: "${x}"}]
    threads: {w: {count: 2, do: [{try: {do: [{run: dive_all}], except: {LookupError: [{print: surfaced}]}}}]}}
""")
def ways_out(say: Say) -> None:
    guard, slots = threading.RLock(), threading.BoundedSemaphore(1)

    def dive(n: int) -> int | str:
        with guard:
            try:
                if n == 0:
                    raise KeyError
                for i in (1, 2):
                    with slots:
                        if i == n:
                            return i
                raise LookupError
            except KeyError:
                say("key")
                raise
            except LookupError:
                return "none"
            finally:
                say(f"finally {n}")

    def worker() -> None:
        try:
            for n in (1, 2, 3, 0):
                say(dive(n))
        except LookupError:
            say("surfaced")

    run_all(**{"w-0": worker, "w-1": worker})


@same_as("""
    resources:
      rings: {kind: timer, interval: 1ms, function: ring, args: [hello]}
      silent: {kind: timer, interval: 30m, function: ring, args: [never]}
      ctx: local
    functions:
      ring:
        params: [text]
        do:
          - try: {do: [{print: "${ctx.text}"}], except: {AttributeError: [{set: {ctx.text: "${text}"}}, {print: "${ctx.text}"}]}}
    main:
      - set: {ctx.text: main's}
      - try: {do: [{join: rings}], except: {RuntimeError: [{print: not started}]}}
      - start: [rings, silent]
      - cancel: silent
      - join: [rings, silent]
      - print: "${ctx.text} ${rings.is_alive()} ${silent.is_alive()}"
      - try: {do: [{start: rings}], except: {RuntimeError: [{print: once only}]}}
""")
def timers_and_locals(say: Say) -> None:
    ctx = threading.local()

    def ring(text: str) -> None:
        try:
            say(ctx.text)
        except AttributeError:
            ctx.text = text
            say(ctx.text)

    rings, silent = threading.Timer(0.001, ring, ["hello"]), threading.Timer(1800, ring, ["never"])
    rings.name, silent.name = "rings", "silent"
    ctx.text = "main's"
    try:
        rings.join()
    except RuntimeError:
        say("not started")
    rings.start()
    silent.start()
    silent.cancel()
    rings.join()
    silent.join()
    say(f"{ctx.text} {rings.is_alive()} {silent.is_alive()}")
    try:
        rings.start()
    except RuntimeError:
        say("once only")


def said_by(program: Callable[[Say], None]) -> Said:
    """Run a Python program; return what each of its threads said."""
    said: Said = defaultdict(list)
    main = threading.current_thread().name
    program(lambda text: said["main" if threading.current_thread().name == main else threading.current_thread().name].append(str(text)))
    return said


def printed(outcome: Any) -> Said:
    """What each thread of a run printed."""
    assert outcome.verdict == "completed", outcome
    said: Said = defaultdict(list)
    for event in outcome.trace.events:
        if event.op == "print":
            said[event.thread].append(event.value)
    return said


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(compile_text: Callable[..., Any], run_program: Callable[..., Any], at_some_pace: Callable[..., None], name: str) -> None:
    """Each thread of the scenario says what that of the program says, under every policy and on real threads."""
    scenario, program = PROGRAMS[name]
    wanted, compiled = said_by(program), compile_text(scenario)
    for seed in (None, 0, 1, 2):
        assert printed(run_program(compiled, None, seed)) == wanted
        assert printed(run_program(compiled, None, seed, sync=True)) == wanted

    def compare(free: Any) -> None:
        assert printed(free) == wanted

    at_some_pace(compiled, compare)
