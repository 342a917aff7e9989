"""Timing caches: kernel times that TensorRT measured in one build, kept for the next."""

from pathlib import Path
from typing import Any

from hop_tf.export.errors import ExportError
from hop_tf.pictures.atomic_write import atomic_write


def read_timing_cache(path: Path, config: Any, log: Any) -> None:
    """Give a build the times of earlier builds, or an empty cache if the file does not exist.

    Args:
        path: the cache.
        config: `trt.IBuilderConfig`.
        log: from `capturing_logger`.

    Raises:
        ExportError: if the folder is missing, or the file is not a timing cache of this GPU and version.
    """
    if not path.parent.is_dir():
        raise ExportError(f"{path}: the folder {path.parent} does not exist")
    try:
        content = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise ExportError(f"{path}: cannot be read as a timing cache ({error.strerror})") from error
    start = len(log.lines)
    cache = config.create_timing_cache(content)
    refused = any("Failed to deserialize timing cache" in text for _, text in log.lines[start:])
    if refused or not config.set_timing_cache(cache, ignore_mismatch=False):
        raise ExportError(f"{path}: not a timing cache of this TensorRT version and GPU; choose another file")


def write_timing_cache(path: Path, config: Any) -> None:
    """Write the times that a build has read and measured."""
    with atomic_write(path) as aside:
        aside.write_bytes(config.get_timing_cache().serialize())
