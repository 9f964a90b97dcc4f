"""A log that begins a new file when the old one is full, and keeps the last few."""

import threading
from collections import deque


class RotatingWriter:
    """Writes lines to a file of at most so many bytes, then to the next one; older files than `backups` are dropped."""

    def __init__(self, open_file, most_bytes, backups=1):
        self.most_bytes = most_bytes
        self._open_file = open_file
        self._file = open_file()
        self._size = 0
        self._old = deque(maxlen=backups)
        self._lock = threading.Lock()

    def write(self, line):
        """Write a line, whole, to one file."""
        with self._lock:
            if self._is_full(line):
                self._rotate()
            self._append(line)

    def lines(self):
        """Return what is kept, oldest first."""
        with self._lock:
            return "".join(file.getvalue() for file in (*self._old, self._file)).splitlines()

    def _is_full(self, line):
        return self._size and self._size + len(line) + 1 > self.most_bytes

    def _append(self, line):
        self._file.write(f"{line}\n")
        self._size += len(line) + 1

    def _rotate(self):
        self._old.append(self._file)
        self._file = self._open_file()
        self._size = 0


class LooksOutside(RotatingWriter):
    """Takes the lock to rotate only when it must. Two that find the file full rotate twice: the second time, a file that is new."""

    def write(self, line):
        if self._is_full(line):
            with self._lock:
                self._rotate()
        with self._lock:
            self._append(line)
