"""A pool of connections that are dear to make: so many at most, handed from one user to the next."""

import threading
from contextlib import contextmanager


class PoolTimeout(Exception):
    """All connections were in use for as long as the caller cared to wait."""


class ConnectionPool:
    """Makes connections when they are first needed, and waits for one to come back when there may be no more."""

    def __init__(self, connect, size):
        self.size = size
        self._connect = connect
        self._idle = []
        self._made = 0
        self._changed = threading.Condition()

    def acquire(self, timeout=None):
        """Return a connection that nobody else has; raise PoolTimeout after so many seconds without one."""
        with self._changed:
            if not self._changed.wait_for(self._available, timeout):
                raise PoolTimeout(f"no connection within {timeout} s")
            return self._take()

    def release(self, connection):
        """Give a connection back: one who waits may have it."""
        with self._changed:
            self._idle.append(connection)
            self._changed.notify()

    def discard(self, connection):
        """Give back a connection that is broken: there is room for another one."""
        connection.close()
        with self._changed:
            self._made -= 1
            self._changed.notify()

    @contextmanager
    def connection(self, timeout=None):
        """Have a connection for a block; what fails with a ConnectionError is not handed on."""
        connection = self.acquire(timeout)
        try:
            yield connection
        except ConnectionError:
            self.discard(connection)
            raise
        except BaseException:
            self.release(connection)
            raise
        else:
            self.release(connection)

    def _available(self):
        return self._idle or self._made < self.size

    def _take(self):
        if self._made < self.size and not self._idle:
            self._made += 1
            return self._connect()
        return self._idle.pop()


class WaitsOnce(ConnectionPool):
    """Looks once, and takes being woken for having a connection. Whoever comes in between has it."""

    def acquire(self, timeout=None):
        with self._changed:
            if not self._available() and not self._changed.wait(timeout):
                raise PoolTimeout(f"no connection within {timeout} s")
            return self._take()


class ConnectsOutside(ConnectionPool):
    """Looks first, and connects without the lock, so that nobody waits for it; a place that is taken by then is taken twice."""

    def acquire(self, timeout=None):
        with self._changed:
            may_connect = self._made < self.size and not self._idle
        if may_connect:
            connection = self._connect()
            with self._changed:
                self._made += 1
            return connection
        return super().acquire(timeout)
