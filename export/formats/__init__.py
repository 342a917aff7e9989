"""Writers, one module per format of `hop_tf.inference.formats.EXPORT_FORMATS`, imported when a network is exported.

Each has `write(job, path)`, or `write(job, path, source)` if the format has a source, and `count(path)`, the number of
operations in a file.
"""

import importlib
from types import ModuleType


def writer(format: str) -> ModuleType:
    """Return the module that writes a format."""
    return importlib.import_module(f"hop_tf.export.formats.{format}")
