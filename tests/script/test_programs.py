"""Unmodified programs, each in a process of its own, on the controlled substrate."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """How a program ended."""

    code: int
    out: str
    err: str

    @property
    def token(self) -> str:
        """The token of its schedule."""
        found = re.search(r"--replay (\S+)", self.err)
        assert found is not None, self.err
        return found[1]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "runner", "script", *words]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONHASHSEED", "PYTHONPATH")}
    return {**kept, "PYTHONPATH": str(ROOT), "TZ": "UTC", **more}


def script(folder: Path, text: str, *options: str, arguments: tuple[str, ...] = (), **more: str) -> Ended:
    """Run a program text as `program.py`."""
    (folder / "program.py").write_text(dedent(text))
    return run(folder, *options, "program.py", *arguments, **more)


def run(folder: Path, *words: str, **more: str) -> Ended:
    done = subprocess.run(command(*words), cwd=folder, env=environment(**more), capture_output=True, text=True, timeout=60)
    return Ended(done.returncode, done.stdout, done.stderr)


SMALL = {
    "sleep": ("import time\ntime.sleep(3600)\nprint(time.monotonic(), time.time())", "3600.0 1767229200.0"),
    "start and join": (
        "import threading\nt = threading.Thread(target=print, args=('a',))\nt.start()\nt.join()\nprint(t.is_alive(), t.name)",
        "a\nFalse Thread-1 (print)",
    ),
    "names": ("from threading import *\nt = Thread(target=lambda: print(current_thread().name), name='own')\nt.start()", "own"),
    "queue timeout": (
        "import queue, time\ntry:\n    queue.Queue().get(timeout=90)\nexcept queue.Empty:\n    print(time.monotonic())",
        "90.0",
    ),
    "simple queue": ("import queue\nq = queue.SimpleQueue()\nq.put(1)\nprint(q.get(), q.empty())", "1 True"),
    "timer": ("import threading, time\nthreading.Timer(60, lambda: print(time.monotonic())).start()", "60.0"),
    "barrier": (
        "import threading\nb = threading.Barrier(3, lambda: print('all'))\nfor _ in range(2):\n"
        "    threading.Thread(target=b.wait).start()\nb.wait()",
        "all",
    ),
    "condition": (
        "import threading\nc = threading.Condition()\ndone = []\ndef f():\n    with c:\n        done.append(1)\n        c.notify()\n"
        "threading.Thread(target=f).start()\nwith c:\n    print(c.wait_for(lambda: done, 5))",
        "[1]",
    ),
    "semaphore": ("import threading\ns = threading.BoundedSemaphore(1)\nprint(s.acquire(), s.acquire(timeout=5))", "True False"),
    "event": ("import threading\ne = threading.Event()\nthreading.Timer(5, e.set).start()\nprint(e.wait(4), e.wait(4))", "False True"),
    "local": (
        "import threading\nown = threading.local()\nown.x = 1\nt = threading.Thread(target=lambda: print(hasattr(own, 'x')))\n"
        "t.start()\nt.join()\nprint(own.x)",
        "False\n1",
    ),
    "pool": (
        "from concurrent.futures import ThreadPoolExecutor, as_completed\nimport time\nwith ThreadPoolExecutor() as pool:\n"
        "    futures = [pool.submit(lambda n=n: time.sleep(n) or n) for n in (3, 1, 2)]\n"
        "    print([each.result() for each in as_completed(futures)])",
        "[1, 2, 3]",
    ),
    "asyncio": (
        "import asyncio, time\nasync def f(n):\n    await asyncio.sleep(n)\n    return n\nasync def main():\n"
        "    print(await asyncio.gather(f(100), asyncio.to_thread(time.sleep, 50)), time.monotonic())\nasyncio.run(main())",
        "[100, None] 100.0",
    ),
    "low level": (
        "import _thread, time\n_thread.start_new_thread(print, ('a',))\ntime.sleep(1)\nprint(_thread.allocate_lock().locked())",
        "a\nFalse",
    ),
    "signals can be set": ("import signal\nprint(signal.signal(signal.SIGTERM, signal.SIG_DFL) is signal.SIG_DFL)", "True"),
    "busy wait for the clock": ("import time\nend = time.time() + 2\nwhile time.time() < end:\n    pass\nprint('over')", "over"),
    "busy wait for a thread": (
        "import threading\nlock = threading.Lock()\nlock.acquire()\nt = threading.Thread(target=lock.release)\nt.start()\n"
        "while not lock.acquire(blocking=False):\n    pass\nprint('over')",
        "over",
    ),
    "busy wait for one who sleeps": (
        "import threading, time\ne = threading.Event()\nthreading.Timer(0.1, e.set).start()\nwhile not e.is_set():\n    pass\n"
        "print(time.monotonic())",
        "0.1",
    ),
    "dates": (
        "import datetime, time\ntime.sleep(3)\nnow = datetime.datetime.now(datetime.timezone.utc)\n"
        "print(now, repr(datetime.date.today()), isinstance(now, datetime.date), now.timestamp() < time.time())",
        "2026-01-01 00:00:03+00:00 datetime.date(2026, 1, 1) True True",
    ),
    "exit handlers": (
        "import atexit, threading, time\natexit.register(lambda: print('exit', time.monotonic()))\n"
        "threading.Thread(target=time.sleep, args=(5,)).start()\nprint('main')",
        "main\nexit 5.0",
    ),
    "daemons are left": (
        "import threading, time\ndef f():\n    try:\n        time.sleep(5)\n    finally:\n        print('never')\n"
        "threading.Thread(target=f, daemon=True).start()\ntime.sleep(1)\nprint('main')",
        "main",
    ),
    "logging": (
        "import logging, sys, threading\nlogging.basicConfig(stream=sys.stdout, format='%(asctime)s %(threadName)s %(message)s')\n"
        "t = threading.Thread(target=logging.warning, args=('hello',), name='own')\nt.start()\nt.join()",
        "2026-01-01 00:00:00,000 own hello",
    ),
    "a thread subclass": (
        "import threading\nclass Own(threading.Thread):\n    def run(self):\n        print('run', self.daemon)\nOwn(daemon=True).start()\n"
        "import time\ntime.sleep(1)",
        "run True",
    ),
    "an import in two threads": (
        "import threading\ndef f():\n    import json.tool\n    print(json.tool.__name__)\nfor _ in range(2):\n"
        "    threading.Thread(target=f).start()",
        "json.tool\njson.tool",
    ),
}


@pytest.mark.parametrize(("text", "printed"), SMALL.values(), ids=SMALL)
def test_small_programs(tmp_path: Path, text: str, printed: str) -> None:
    """What threading offers does what it does, and what waits waits on the virtual clock; under another schedule too."""
    began = time.monotonic()
    for options in ((), ("--seed", "3")):
        ended = script(tmp_path, text, *options)
        assert (ended.code, ended.out) == (0, f"{printed}\n"), ended.err
    assert time.monotonic() - began < 20


def test_main_is_as_python_has_it(tmp_path: Path) -> None:
    """`__name__`, `__file__`, `sys.argv`, `sys.path[0]` and `__main__` are those of `python FILE`."""
    text = "import sys\nprint(__name__, __file__, sys.argv, sys.path[0], sys.modules['__main__'].__dict__ is globals(), __spec__)"
    ended = script(tmp_path, text, arguments=("a", "-v", "--seed"))
    bare = subprocess.run(
        [sys.executable, "program.py", "a", "-v", "--seed"], cwd=tmp_path, env=environment(), capture_output=True, text=True
    )
    assert ended.out == bare.stdout


def test_a_module_is_run_as_python_does(tmp_path: Path) -> None:
    """`-m` runs a package's `__main__`; all that follows is the module's own."""
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").touch()
    (tmp_path / "pack" / "__main__.py").write_text("import sys\nprint(__name__, __package__, sys.argv, sys.path[0])")
    words = ["-m", "pack", "-q", "--seed", "1"]
    bare = subprocess.run([sys.executable, *words], cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert run(tmp_path, *words).out == bare.stdout


@pytest.mark.parametrize("end", ["sys.exit()", "sys.exit(7)", "sys.exit('no')", "raise SystemExit(None)", "1 / 0", "int('x', bad=1)"])
def test_exit_codes_and_tracebacks_are_pythons(tmp_path: Path, end: str) -> None:
    """Exit code and what is on standard error are what Python makes of them; our lines come last."""
    text = f"import sys, threading\ndef f():\n    {end}\nwith threading.Lock():\n    f()\n"
    ended = script(tmp_path, text, "-q")
    bare = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert ended.code == bare.returncode
    assert ended.err.startswith(bare.stderr)
    assert all(line.startswith(("program.py: completed", "replay:")) for line in ended.err[len(bare.stderr) :].splitlines())


def test_an_exception_in_our_locks_shows_no_frame_of_ours(tmp_path: Path) -> None:
    """A lock in C has no frame in a traceback, and neither has the one in its place."""
    ended = script(tmp_path, "import threading\nthreading.Lock().release()")
    assert "RuntimeError: release unlocked lock" in ended.err
    assert "runner" not in ended.err.split("RuntimeError")[0]


def test_an_exception_in_a_thread(tmp_path: Path) -> None:
    """It is reported as Python does, the exit code stays the program's, and the schedule is told."""
    text = "import threading\ndef f():\n    1 / 0\nthreading.Thread(target=f, name='own').start()\n"
    ended = script(tmp_path, text)
    bare = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert ended.err.startswith(bare.stderr)
    assert ended.code == 0
    assert "completed, 1 thread ended by an exception" in ended.err
    assert ended.token


DEADLOCK = """\
import threading, time

a, b = threading.Lock(), threading.RLock()


def one():
    with a:
        time.sleep(1)
        with b:
            pass


def two():
    with b:
        time.sleep(1)
        with a:
            pass


threads = [threading.Thread(target=each, name=each.__name__) for each in (one, two)]
for each in threads:
    each.start()
for each in threads:
    each.join()
"""


def test_a_deadlock_is_told_with_its_lines(tmp_path: Path) -> None:
    """Who waits for what where, who holds it since where, and the cycle; exit code 4."""
    ended = script(tmp_path, DEADLOCK)
    assert ended.code == 4
    assert ended.err.splitlines()[:-1] == [
        "program.py: deadlock after 1 s of virtual time: 3 threads, 11 steps",
        "  MainThread is in join of one at program.py:24, held by one",
        "    each.join()",
        "  one is in acquire of b at program.py:9, held by two since program.py:14",
        "    with b:",
        "  two is in acquire of a at program.py:16, held by one since program.py:7",
        "    with a:",
        "  cycle: one → two → one",
    ]


def test_what_was_printed_before_a_deadlock_is_there(tmp_path: Path) -> None:
    """Output that is still buffered is written before the process ends."""
    ended = script(tmp_path, "import threading\nprint('before')\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()")
    assert (ended.code, ended.out) == (4, "before\n")


def test_a_loop_that_waits_for_a_variable_is_hung(tmp_path: Path) -> None:
    """Nothing hands control on there; the line is shown."""
    ended = script(tmp_path, "import threading\nseen = []\nwhile not seen:\n    pass", "--wall-limit", "0.5")
    assert ended.code == 4
    assert "hung" in ended.err
    assert 'program.py", line ' in ended.err


def test_a_step_limit(tmp_path: Path) -> None:
    """A program that goes on for ever is stopped."""
    ended = script(tmp_path, "import time\nwhile True:\n    time.sleep(1)", "--max-steps", "100")
    assert ended.code == 4
    assert "step limit reached" in ended.err


RACE = """\
import threading

total = 0
lock = threading.Lock()


def add(n):
    global total
    with lock:
        seen = total
    with lock:
        total = seen + n


threads = [threading.Thread(target=add, args=(n,)) for n in (1, 2, 4, 8)]
for each in threads:
    each.start()
for each in threads:
    each.join()
print(total, {"a", "b", "c", "d"}, hash("x"))
raise SystemExit(total != 15)
"""


def test_seeds_find_what_one_schedule_does_not_show(tmp_path: Path) -> None:
    """Under fifo nothing is lost; some seed loses an addition, and its token shows it again, to the byte."""
    assert script(tmp_path, RACE).code == 0
    lost = next(ended for seed in range(50) if (ended := script(tmp_path, RACE, "--seed", str(seed))).code == 1)
    again = script(tmp_path, RACE, "--replay", lost.token)
    assert (again.code, again.out, again.err) == (lost.code, lost.out, lost.err)


def test_a_token_of_another_program_is_told(tmp_path: Path) -> None:
    """The fingerprint is that of the program's text and arguments."""
    token = script(tmp_path, "raise SystemExit(1)").token
    assert "made for another version" not in script(tmp_path, "raise SystemExit(1)", "--replay", token).err
    assert "made for another version" in script(tmp_path, "raise SystemExit(1)", "--replay", token, arguments=("a",)).err
    assert "made for another version" in script(tmp_path, "raise SystemExit(2)", "--replay", token).err


def test_the_same_seed_does_the_same(tmp_path: Path) -> None:
    """Output, verdict and trace are the same bytes each time, sets and chance included."""
    text = RACE + "\n"
    text = text.replace("raise SystemExit", "import random\nprint(random.random())\nraise SystemExit")
    runs = []
    for number in range(3):
        ended = script(tmp_path, text, "--seed", "5", "--trace", f"{number}.jsonl")
        runs.append((ended, (tmp_path / f"{number}.jsonl").read_bytes()))
    assert runs[0] == runs[1] == runs[2]


def test_the_trace_does_not_depend_on_hash_seeds(tmp_path: Path) -> None:
    """Where the environment sets a seed for hashes, the program has that one, and threads do as before."""
    traces = set()
    for seed in ("1", "2", "random"):
        script(tmp_path, RACE, "--seed", "5", "--trace", "t.jsonl", PYTHONHASHSEED=seed)
        traces.add((tmp_path / "t.jsonl").read_bytes())
    assert len(traces) == 1


def test_a_trace_tells_each_call_with_its_place(tmp_path: Path) -> None:
    """An event for each call: thread, object by its variable, file and line."""
    text = "import threading, time\nlock = threading.Lock()\ndef f():\n    with lock:\n        time.sleep(2)\n"
    script(tmp_path, f"{text}t = threading.Thread(target=f, name='own')\nt.start()\nt.join()\n", "--trace", "t.jsonl")
    header, *events, footer = (json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines())
    assert header["scenario"] == "program.py"
    assert [(each["thread"], each["op"], each.get("on"), each["at"]) for each in events] == [
        ("MainThread", "start", "own", "program.py:7"),
        ("MainThread", "join", "own", "program.py:8"),
        ("MainThread", "blocked", "own", "program.py:8"),
        ("own", "acquire", "lock", "program.py:4"),
        ("own", "sleep", None, "program.py:5"),
        ("own", "release", "lock", "program.py:4"),
    ]
    assert (footer["outcome"], footer["t"], footer["threads"]) == ("completed", 2, {"MainThread": "ended", "own": "ended"})


def test_ctrl_c_is_the_programs(tmp_path: Path) -> None:
    """It is raised in the main thread where that one runs, as Python does."""
    (tmp_path / "program.py").write_text(
        "import sys\ntry:\n    print('ready', flush=True)\n    while True:\n        pass\nexcept KeyboardInterrupt:\n    sys.exit(5)"
    )
    with subprocess.Popen(
        command("-q", "program.py"), cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a file"),
        (["--seed", "1", "--replay", "x", "program.py"], "--replay"),
        (["--policy", "nosuch", "program.py"], "there is no policy"),
        (["--replay", "nonsense", "program.py"], "no schedule token"),
        (["nosuch.py"], "there is no such file"),
        (["-m", "nosuch_module"], "No module named nosuch_module"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, words: list[str], said: str) -> None:
    """A mistake on the command line is a message, not a traceback."""
    (tmp_path / "program.py").touch()
    ended = run(tmp_path, *words)
    assert ended.code != 0
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_what_is_no_python(tmp_path: Path) -> None:
    """A program that cannot be compiled is told of as Python does it, without our frames."""
    ended = script(tmp_path, "x = (")
    assert ended.code == 1
    assert "SyntaxError: '(' was never closed" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("suite", ["test.test_threading_local", "test.test_sched", "test.test_concurrent_futures.test_wait"])
def test_pythons_own_tests(tmp_path: Path, suite: str) -> None:
    """Test suites are programs too: these of CPython's pass."""
    pytest.importorskip("test.support")
    if "futures" in suite and sys.version_info < (3, 13):
        pytest.skip("one file before 3.13")
    words = ["-m", "unittest", "-q", suite]
    if "futures" in suite:
        words += ["-k", "ThreadPool"]
    ended = run(tmp_path, *words)
    assert ended.code == 0, ended.err
