"""Reading of ONNX files that a user names."""

from pathlib import Path

import onnx

from hop_tf.errors import first_line
from hop_tf.export.errors import ExportError


def read_onnx(path: Path) -> onnx.ModelProto:
    """Read an ONNX file without its external data.

    Args:
        path: the file.

    Returns:
        The model. Weights that are stored in other files are not loaded.

    Raises:
        ExportError: if the file is missing or damaged.
    """
    try:
        return onnx.load(path, load_external_data=False)
    except Exception as error:  # onnx raises protobuf's own exceptions on damaged files
        raise ExportError(f"{path}: not a readable ONNX file ({first_line(error)})") from error
