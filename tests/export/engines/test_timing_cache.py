import types

import pytest

from hop_tf.export.engines.timing_cache import read_timing_cache, write_timing_cache
from hop_tf.export.errors import ExportError


class Config:
    """A stand-in for `trt.IBuilderConfig`; a valid cache begins with "times"."""

    def __init__(self, fits=True):
        self.log, self.fits, self.cache = types.SimpleNamespace(lines=[]), fits, None

    def create_timing_cache(self, content):
        if content and not content.startswith(b"times"):
            self.log.lines.append((2, "Failed to deserialize timing cache. Returning an empty timing cache."))
        return types.SimpleNamespace(serialize=lambda: memoryview(content or b"times new"))

    def set_timing_cache(self, cache, ignore_mismatch):
        self.cache = cache
        return self.fits and not ignore_mismatch

    def get_timing_cache(self):
        return self.cache


@pytest.mark.parametrize(("before", "after"), [(None, b"times new"), (b"times 1", b"times 1")])
def test_a_cache_is_read_if_it_exists_and_written_whole(tmp_path, before, after):
    path, config = tmp_path / "cache", Config()
    if before:
        path.write_bytes(before)
    read_timing_cache(path, config, config.log)
    write_timing_cache(path, config)
    assert path.read_bytes() == after and [p.name for p in tmp_path.iterdir()] == ["cache"]


@pytest.mark.parametrize(("content", "fits"), [(b"a thesis", True), (b"times of another GPU", False)])
def test_a_file_that_is_not_a_cache_of_this_library_is_refused(tmp_path, content, fits):
    (tmp_path / "cache").write_bytes(content)
    config = Config(fits)
    with pytest.raises(
        ExportError, match="cache: not a timing cache of this TensorRT version and GPU; choose another file"
    ):
        read_timing_cache(tmp_path / "cache", config, config.log)
