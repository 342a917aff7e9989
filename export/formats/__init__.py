"""Writers, one module per format of `hop_tf.inference.formats.EXPORT_FORMATS`, imported lazily.

Each module has `write(job, path)`, or `write(job, path, source)` if the format has a source, and `count(path)`, the
number of operations in a file. A format that does not run on CPUs also has `runs_here(path)`, whether this machine can
run a file, and `shapes(path)`, some shapes (batch, height, width) that a file takes.
"""

import importlib
from types import ModuleType


def writer(format: str) -> ModuleType:
    """Return the module that writes a format."""
    return importlib.import_module(f"hop_tf.export.formats.{format}")
