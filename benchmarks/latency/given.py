"""Files that the user has already: which format they are, and which photos they take."""

import json
from pathlib import Path

from hop_tf.errors import UserError, first_line
from hop_tf.export.errors import ExportError
from hop_tf.inference import formats

SUFFIXES = [format.suffix for format in formats.EXPORT_FORMATS.values() if format.suffix]


def format_of(path):
    """The key of `hop_tf.inference.formats.EXPORT_FORMATS` that a file or folder is in, by its name and what is in it.

    Raises:
        UserError: if it is not there or in none of them.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    format = formats.format_of(path)
    if format is None or format.name not in formats.EXPORT_FORMATS:
        raise UserError(f"{path}: expected a {' or '.join(SUFFIXES)} file, or the folder of a SavedModel or OpenVINO")
    return format.name


def describe(path):
    """What the input `image` of an exported file is, from the file.

    Args:
        path: path of the file or folder.

    Returns:
        dict: "shape", [batch, height, width] with None where any will do, and "dtype", "float32" or "uint8".

    Raises:
        ExportError: if it is damaged, or has no input `image`.
    """
    try:
        return _DESCRIBE[format_of(path)](Path(path))
    except Exception as error:  # each library raises its own
        raise ExportError(
            f"{path}: damaged, or no exported matting network ({first_line(error)}); export it again"
        ) from error


def _onnx(path):
    import onnx

    image = next(x for x in onnx.load(path, load_external_data=False).graph.input if x.name == "image")
    shape = [n.dim_value or None for n in image.type.tensor_type.shape.dim]
    uint8 = image.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    return {"shape": shape[:3], "dtype": "uint8" if uint8 else "float32"}


def _tflite(path):
    from ai_edge_litert.interpreter import Interpreter

    image = Interpreter(str(path)).get_signature_runner("serving_default").get_input_details()["image"]
    return {"shape": _sizes(image["shape_signature"]), "dtype": image["dtype"].__name__}


def _openvino(path):
    import openvino

    image = openvino.Core().read_model(path / "model.xml").input("image")
    shape = [None if n.is_dynamic else n.get_length() for n in image.get_partial_shape()]
    return {"shape": shape[:3], "dtype": image.get_element_type().to_dtype().name}


def _saved_model(path):
    import tensorflow as tf

    signature = tf.saved_model.load(str(path)).signatures["serving_default"].structured_input_signature[1]
    return {"shape": list(signature["image"].shape)[:3], "dtype": signature["image"].dtype.name}


def _tensorrt(path):
    from hop_tf.inference.runtimes.tensorrt import report_path

    if not report_path(path).is_file():
        return {"shape": [None] * 3, "dtype": "float32"}  # it says when it is run whether it takes a size
    inputs = json.loads(report_path(path).read_text())["inputs"]
    image = next(tensor for tensor in inputs if tensor["name"] == "image")
    return {"shape": _sizes(image["shape"]), "dtype": image["dtype"]}


def _sizes(shape):
    return [int(n) if n > 0 else None for n in shape[:3]]


_DESCRIBE = {
    "onnx": _onnx,
    "tflite": _tflite,
    "openvino": _openvino,
    "saved_model": _saved_model,
    "tensorrt": _tensorrt,
}
