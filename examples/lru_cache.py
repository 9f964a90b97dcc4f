"""A cache of at most so many entries, which forgets the one that was not asked for the longest; threads share it."""

import threading
from collections import OrderedDict

_MISSING = object()


class LRUCache:
    """A mapping that keeps the entries used last, and counts how often it could help."""

    def __init__(self, most):
        self.most = most
        self.hits = self.misses = 0
        self._entries = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key, default=None):
        """Return what is kept for a key, which counts as used now."""
        with self._lock:
            if key not in self._entries:
                return default
            self._entries.move_to_end(key)
            return self._entries[key]

    def put(self, key, value):
        """Keep something for a key; what was not used for the longest may have to go."""
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            if len(self._entries) > self.most:
                self._entries.popitem(last=False)

    def get_or_load(self, key, load):
        """Return what is kept for a key; load it first where nothing is. Other threads can use the cache meanwhile."""
        value = self.get(key, _MISSING)
        self._count(value is not _MISSING)
        if value is _MISSING:
            value = load(key)
            self.put(key, value)
        return value

    def _count(self, hit):
        with self._lock:
            if hit:
                self.hits += 1
            else:
                self.misses += 1

    def __len__(self):
        with self._lock:
            return len(self._entries)


class LooksFirst(LRUCache):
    """Takes the lock only for what is there. By the time it has it, the entry may be gone."""

    def get(self, key, default=None):
        if key not in self._entries:
            return default
        with self._lock:
            self._entries.move_to_end(key)
            return self._entries[key]


class CountsFreely(LRUCache):
    """Counts without the lock: adding one is to read, to add and to write, and somebody else may do so in between."""

    def _count(self, hit):
        if hit:
            self.hits += 1
        else:
            self.misses += 1
