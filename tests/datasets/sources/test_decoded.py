"""Decoded pictures kept in memory."""

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hop_tf.datasets.sources import ParallelFolders
from hop_tf.datasets.sources.decoded import DecodedPictures
from hop_tf.errors import UserError


def test_cache_stays_below_its_limit_and_forgets_what_was_not_used():
    cache, loaded = DecodedPictures(300), []

    def get(key, size=100):
        return cache.get(key, lambda: loaded.append(key) or (np.zeros(size, np.uint8),))

    for key in "abcabd":
        get(key)
    assert loaded == ["a", "b", "c", "d"] and cache.used == 300
    get("a")
    get("c")
    assert loaded == ["a", "b", "c", "d", "c"]
    get("large", 400)
    assert cache.used == 300


def test_threads_get_the_arrays_of_their_key():
    cache = DecodedPictures(500)
    load = lambda key: cache.get(key, lambda: (np.full(100, key, np.uint8),))[0][0]  # noqa: E731
    keys = np.random.default_rng(0).integers(0, 10, 400).tolist()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(load, keys)) == keys
    assert cache.used == 500


def test_sources_sent_to_another_process_start_with_an_empty_cache(tmp_path, draw_pairs):
    source = ParallelFolders(draw_pairs(tmp_path / "set", 1))
    colour, _ = source[0]
    copy = pickle.loads(pickle.dumps(source))
    assert copy._decoded.used == 0 and np.array_equal(copy[0][0], colour)


def test_without_cachetools_the_error_names_its_install_command(tmp_path, draw_pairs, monkeypatch):
    folder = draw_pairs(tmp_path / "set", 1)
    monkeypatch.setitem(sys.modules, "cachetools", None)
    with pytest.raises(UserError, match=r'needs cachetools: pip install "hop-tf\[data\]"'):
        ParallelFolders(folder)
