"""What a process that is attended to tells: messages, and signs of life. The other side is `runner.substrate.apart`.

Signs of life are given by Python code: while C code keeps the interpreter to itself there are none. Then a watch that needs no
interpreter, `faulthandler`'s, writes down where threads are and ends the process.
"""

from __future__ import annotations

import _thread
import faulthandler
import os
import pickle
import signal
import sys
from contextlib import suppress
from typing import Any

from runner.substrate.process import end_with, repeat

BEATS = 4
"""How many signs of life are given within the time after which there would be one too few."""


class Teller:
    """Tells whoever started the process; `task` is what they want done."""

    def __init__(self) -> None:
        """Take over from the command line: our pipes are ours alone, and nothing of them is left to what the work starts."""
        *_, told, faults = sys.argv
        self._told, self._faults = int(told), int(faults)
        self._alone = _thread.allocate_lock()
        for number in (self._told, self._faults):
            os.set_inheritable(number, False)
        with open(0, "rb", buffering=0, closefd=False) as stdin:
            self.task: Any = pickle.load(stdin)
        lifeline = os.dup(0)
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        end_with(lambda: os.read(lifeline, 1))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
        faulthandler.enable(self._faults)
        self.tell("")

    def tell(self, message: str) -> None:
        """Send a message of one line; it is on its way when this returns, whatever happens next."""
        data = message.encode("utf-8", "surrogatepass") + b"\n"
        with self._alone:  # a long one is written in parts
            while data:
                data = data[os.write(self._told, data) :]

    def watch(self) -> None:
        """End the process, and write down where it is, unless it is told that all is well, or done, before time is up."""
        faulthandler.dump_traceback_later(self.task.patience, exit=True, file=self._faults)

    def live(self) -> None:
        """Give signs of life from now on, for as long as Python code can run at all."""

        def beat() -> None:
            self.watch()
            self.tell("")

        beat()
        repeat(beat, self.task.patience / BEATS)

    def end(self) -> None:
        """End the process at once: threads that are left behind do not matter any more, nor what is to be done at exit."""
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(0)
