"""TFLite files for the LiteRT runtime, with built-in operations only."""

import contextlib
import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from hop_tf.export.errors import ExportError

if TYPE_CHECKING:
    from hop_tf.export.job import Job

KERNEL_INT8 = {"num_bits": 8, "symmetric": True, "granularity": "CHANNELWISE", "dtype": "INT"}
ACTIVATION_INT8 = {"num_bits": 8, "symmetric": False, "granularity": "TENSORWISE", "dtype": "INT"}

#: Precision -> algorithm and settings of ai-edge-quantizer for the convolutions. Everything else stays float32.
RECIPES = {
    "float16": (
        "float_casting",
        {
            "weight_tensor_config": {"num_bits": 16, "dtype": "FLOAT"},
            "compute_precision": "FLOAT",
            "explicit_dequantize": True,
        },
    ),
    "int8_dynamic": (
        "min_max_uniform_quantize",
        {"weight_tensor_config": KERNEL_INT8, "compute_precision": "INTEGER", "explicit_dequantize": False},
    ),
    "int8": (
        "min_max_uniform_quantize",
        {
            "weight_tensor_config": KERNEL_INT8,
            "activation_tensor_config": ACTIVATION_INT8,
            "compute_precision": "INTEGER",
            "explicit_dequantize": False,
        },
    ),
}


def write(job: "Job", path: Path) -> None:
    """Write a TFLite file that needs no Flex operations.

    In float16, the kernels of the convolutions are stored in float16. In int8_dynamic, they are int8 and the runtime
    quantises the activations of each run. In int8, the activations have fixed scales from the calibration pictures.

    Args:
        job: the export, in float32 or a key of `RECIPES`.
        path: the file to write.

    Raises:
        ExportError: if the graph needs an operation that is not built in.
    """
    import keras

    from hop_tf.export.four_convolutions import with_four_convolutions

    graph = job.graph(with_four_convolutions(job.fused(small_parts=True)))
    signature = {name: keras.InputSpec(shape=x.shape, dtype=x.dtype, name=name) for name, x in graph.input.items()}
    with contextlib.redirect_stdout(io.StringIO()):  # the converter reports its progress
        graph.export(str(path), format="litert", input_signature=[signature], verbose=False)
    foreign = sorted({name for name in _operations(path) if re.match("Flex|Custom", name)})
    if foreign:
        raise ExportError(f"the TFLite graph needs operations that are not built in: {', '.join(foreign)}")
    if job.precision in RECIPES:
        _quantize(job, path)


def count(path: Path) -> int:
    """Return the number of operations in the graph."""
    return len(_operations(path))


def _operations(path):
    from ai_edge_litert.interpreter import Interpreter

    return [operation["op_name"] for operation in Interpreter(str(path))._get_ops_details()]


def _quantize(job, path):
    from ai_edge_quantizer import Quantizer

    from hop_tf.export.samples import as_inputs

    algorithm, settings = RECIPES[job.precision]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        quantizer = Quantizer(str(path))
        quantizer.load_quantization_recipe(
            [{"regex": ".*", "operation": "CONV_2D", "algorithm_key": algorithm, "op_config": settings}]
        )
        ranges = None
        if quantizer.need_calibration:
            data = [as_inputs(picture.photo, picture.trimap, job.input_dtype, job.batch) for picture in job.pictures]
            ranges = quantizer.calibrate({"serving_default": data})
        quantized = quantizer.quantize(ranges)
        path.unlink()  # the library refuses to overwrite it
        quantized.export_model(str(path))
        path.chmod(0o644)  # the library makes it executable
