"""A process of its own for work that may crash, hang or print without end, and what becomes of it. Knows nothing of what the work is.

The process tells us messages, each a line, over a pipe of its own, and gives signs of life between them: see `runner.substrate.teller`,
which is its side of this. It ends with us, and takes along what it has started itself.
"""

from __future__ import annotations

import os
import pickle
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from runner.errors import UsageError
from runner.substrate.process import wall_seconds
from runner.substrate.workers import interrupts_held_back

STARTING, GRACE = 60.0, 2.0
"""Seconds that a process may take until its first message, and until its own watch has ended it."""
AT_ONCE = 1 << 16
"""Bytes that are read at once."""
_TIMED_OUT = "Timeout ("
"""What `faulthandler` begins with when time is up."""


@dataclass(frozen=True, slots=True)
class End:
    """How the process ended.

    `how` is `exited`, `silent` (it gave no sign of life), `overflowed` (it printed too much) or `interrupted` (Ctrl-C).
    `code` is its exit code, or minus the number of the signal that ended it. `faults` is what the interpreter wrote when it crashed
    or was stuck: where each thread was.
    """

    how: str
    code: int
    faults: str


def attend(words: Sequence[str], task: Any, hear: Callable[[bytes], None], *, most_output: int) -> End:
    """Start a process, give it its task, hear each message, and return how it ended. What it prints is printed, up to so many bytes.

    `task` has `patience`, seconds without a sign of life after which it has hung. Ctrl-C is one of the ends. Nothing is left of
    the process, whatever ends it, and however we are left.

    Raises:
        UsageError: this system cannot do it.
        OSError: what it prints cannot be written. So goes whatever `hear` raises.
    """
    if os.name != "posix":
        raise UsageError("no process can be watched like this on this system: leave out --isolate")
    messages, told = os.pipe()
    child: subprocess.Popen[bytes] | None = None
    with open(messages, "rb", buffering=0) as channel, tempfile.TemporaryFile() as faults:
        try:
            with interrupts_held_back():
                try:
                    child = subprocess.Popen(
                        [*words, str(told), str(faults.fileno())],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        pass_fds=(told, faults.fileno()),
                        start_new_session=True,  # Ctrl-C is for us to see to
                    )
                finally:
                    os.close(told)
            how = _listen(child, channel, task, hear, most_output)
        except KeyboardInterrupt:
            how = "interrupted"
        finally:
            code = 0 if child is None else _end(child)
        faults.seek(0)
        text = faults.read().decode(errors="replace")
    if how == "exited" and text.startswith(_TIMED_OUT):
        how = "silent"
    return End(how, code, text)


def _listen(child: subprocess.Popen[bytes], channel: IO[bytes], task: Any, hear: Callable[[bytes], None], most_output: int) -> str:
    """Pass on what comes until nothing does; say why that is."""
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    with suppress(BrokenPipeError):
        pickle.dump(task, child.stdin)
        child.stdin.flush()  # and it stays open: at its end the process knows that we are gone
    output = {child.stdout: sys.stdout, child.stderr: sys.stderr}
    room, rest, left, full, over = most_output, b"", STARTING, False, False
    with selectors.DefaultSelector() as selector:
        for stream in (channel, *output):
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ)
        while True:
            began = wall_seconds()
            ready = {key.fileobj for key, _ in selector.select(0 if over else max(left, 0))}
            left -= wall_seconds() - began  # only the time that we have waited: whoever reads what we print may take theirs
            for source, target in output.items():  # before messages: what was printed before an event stands before it
                if source in ready:
                    data = source.read(AT_ONCE) or b""
                    if not data:
                        selector.unregister(source)
                    _write(target, data[:room])
                    if len(data) > room and not full:
                        full = True
                        _write(target, b"\n")
                        _kill(child)  # and go on to hear what it has told until then
                    room = max(0, room - len(data))
            if over and not ready:
                return "overflowed" if full else "exited"
            if channel in ready:
                data = channel.read(AT_ONCE) or b""
                if not data:
                    selector.unregister(channel)
                    over = True
                    _wait(child)
                *lines, rest = (rest + data).split(b"\n")
                for line in filter(None, lines):
                    hear(line)
                left = task.patience + GRACE
            elif left <= 0:
                if child.poll() is None:
                    return "silent"
                over = True


def _write(target: Any, data: bytes) -> None:
    if not data or target is None:
        return
    target.flush()
    if hasattr(target, "buffer"):
        target.buffer.write(data)
    else:
        target.write(data.decode(errors="replace"))
    target.flush()


def _wait(child: subprocess.Popen[bytes]) -> None:
    """Let a process that has nothing more to say end by itself."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(GRACE)


def _kill(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):  # it has ended, and left nothing
        os.killpg(child.pid, signal.SIGKILL)


def _end(child: subprocess.Popen[bytes]) -> int:
    """See to it that a process has ended, and whatever it has started with it."""
    _kill(child)
    code = child.wait()
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    return code
