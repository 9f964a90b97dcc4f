"""A token bucket: a call costs a token, so many are there at most, and so many come in a second."""

import threading
import time


class TokenBucket:
    """Lets `rate` calls a second through, and `burst` at once after a quiet while."""

    def __init__(self, rate, burst):
        self.rate = rate
        self.burst = burst
        self._tokens = float(burst)
        self._filled = time.monotonic()
        self._lock = threading.Lock()

    def try_acquire(self, tokens=1):
        """Take tokens if there are so many; say whether there were."""
        with self._lock:
            return self._take(tokens)

    def acquire(self, tokens=1):
        """Take tokens; wait until there are so many. Return the seconds that it took."""
        began = time.monotonic()
        while not self.try_acquire(tokens):
            time.sleep(tokens / self.rate)
        return time.monotonic() - began

    def _take(self, tokens):
        self._fill()
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True

    def _fill(self):
        now = time.monotonic()
        if now > self._filled:
            self._tokens = min(self.burst, self._tokens + (now - self._filled) * self.rate)
            self._filled = now


class UnlockedBucket(TokenBucket):
    """As quick as can be: a few lines of arithmetic need no lock, do they?"""

    def try_acquire(self, tokens=1):
        return self._take(tokens)
