"""Decoded pictures kept in memory."""

import contextlib
import threading
from collections.abc import Callable, Hashable

import numpy as np

from hop_tf.errors import UserError, install_hint

#: Bytes of decoded pictures that a source keeps in memory, in each worker process.
CACHE_BYTES = 1 << 30

Arrays = tuple[np.ndarray, ...]


class DecodedPictures:
    """A cache of the most recently used arrays, shared by threads. A copy sent to another process starts empty.

    Args:
        limit: bytes that the cached arrays may take together.
    """

    def __init__(self, limit: int = CACHE_BYTES):
        try:
            from cachetools import LRUCache
        except ImportError as error:
            raise UserError(f"reading folders of training data needs cachetools: {install_hint('data')}") from error
        self.limit = limit
        self._arrays: LRUCache[Hashable, Arrays] = LRUCache(maxsize=limit, getsizeof=_size)
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """Bytes that the cached arrays take."""
        return int(self._arrays.currsize)

    def get(self, key: Hashable, load: Callable[[], Arrays]) -> Arrays:
        """Return the arrays of `key`: the cached ones, or else those that `load()` returns."""
        with self._lock:
            if key in self._arrays:
                return self._arrays[key]
        arrays = load()
        with self._lock, contextlib.suppress(ValueError):  # these arrays exceed the limit
            self._arrays[key] = arrays
        return arrays

    def __reduce__(self):
        return type(self), (self.limit,)


def _size(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays)
