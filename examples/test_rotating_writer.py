"""Two threads that log when the file is full."""

import io
import threading

import pytest

from examples.rotating_writer import LooksOutside, RotatingWriter

BUG = pytest.mark.xfail(strict=True, reason="the bug that exploring finds")


@pytest.mark.interleave(modules=["examples.rotating_writer"])
@pytest.mark.parametrize("kind", [RotatingWriter, pytest.param(LooksOutside, marks=BUG)])
def test_no_line_is_lost(kind):
    """Two files have room for four lines, so all four are there."""
    log = kind(io.StringIO, most_bytes=4, backups=1)
    log.write("a")
    log.write("b")
    threads = [threading.Thread(target=log.write, args=(line,)) for line in ("c", "d")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(log.lines()) == ["a", "b", "c", "d"]
