"""Functions after which a process is not what it was."""

from __future__ import annotations

import ctypes
import os
import signal


def leave():
    """End the process."""
    os._exit(3)


def leave_if(box, value):
    """End the process if a variable has this value."""
    if box.value == value:
        os._exit(3)


def crash():
    """Read what no process may read."""
    ctypes.string_at(0)


def hold():
    """Keep the interpreter to oneself."""
    ctypes.PyDLL(None).sleep(60)


def spin():
    """Never come back."""
    while True:
        pass


def chatter():
    """Print without end."""
    while True:
        print("and so on")


def greet():
    """Say something."""
    print("hello from the code")


def wait():
    """Say which process it is, and wait for ever."""
    print(f"process {os.getpid()}")
    while True:
        signal.pause()
