"""More users than connections: a database that counts those it opens."""

import threading

import pytest

from examples.connection_pool import ConnectionPool, ConnectsOutside, WaitsOnce

BUG = pytest.mark.xfail(strict=True, reason="the bug that exploring finds")


class Connections:
    """Connections of a database, which counts those that are open."""

    def __init__(self):
        self.opened = 0

    def __call__(self):
        self.opened += 1
        return f"connection {self.opened}"


@pytest.mark.interleave(modules=["examples.connection_pool"])
@pytest.mark.parametrize("kind", [ConnectionPool, pytest.param(WaitsOnce, marks=BUG)])
def test_two_wait_for_one_connection(kind):
    """Everybody has the connection some time, nobody at the same time as another."""
    pool = kind(Connections(), size=1)
    using = threading.Lock()

    def work():
        with pool.connection():
            assert using.acquire(blocking=False), "two have the same connection"
            using.release()

    threads = [threading.Thread(target=work) for _ in range(2)]
    with pool.connection():
        for each in threads:
            each.start()
    for each in threads:
        each.join()


@pytest.mark.interleave(modules=["examples.connection_pool"])
@pytest.mark.parametrize("kind", [ConnectionPool, pytest.param(ConnectsOutside, marks=BUG)])
def test_no_more_connections_than_allowed(kind):
    """Two who come at once make one connection."""
    connect = Connections()
    pool = kind(connect, size=1)

    def work():
        with pool.connection(timeout=5):
            pass

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert connect.opened == 1
