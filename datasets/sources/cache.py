"""Decoded images kept in memory, up to a number of bytes."""

import threading
from collections import OrderedDict


class ByteCache:
    """Keeps what was used last and forgets the rest; threads may share it.

    A copy sent to another process starts empty.

    Args:
        limit: bytes that the kept arrays may take together. What is larger alone is not kept.
    """

    def __init__(self, limit):
        self.limit = limit
        self.used = 0
        self._entries = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key, load):
        """The arrays of ``key``: those kept, else those that ``load()`` returns.

        Args:
            key: hashable.
            load: function without arguments that returns a tuple of arrays.
        """
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key]
        arrays = load()
        with self._lock:
            if key not in self._entries and _size(arrays) <= self.limit:
                self._entries[key] = arrays
                self.used += _size(arrays)
                while self.used > self.limit:
                    self.used -= _size(self._entries.popitem(last=False)[1])
        return arrays

    def __getstate__(self):
        return self.limit

    def __setstate__(self, limit):
        self.__init__(limit)


def _size(arrays):
    return sum(array.nbytes for array in arrays)
