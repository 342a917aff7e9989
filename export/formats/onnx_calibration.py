"""Calibration of int8 networks: the ranges of activations on pictures, by ONNX Runtime's calibrators."""

import contextlib
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx
    from onnxruntime.quantization.calibrate import TensorsData

    from hop_tf.export.job import Job

#: Calibration -> the name of ONNX Runtime's method.
METHODS = {"percentile": "Percentile", "minmax": "MinMax", "entropy": "Entropy"}


def activation_ranges(proto: "onnx.ModelProto", op_types: Sequence[str], job: "Job") -> "TensorsData":
    """Return the range of each input and output of some operations.

    Percentiles cut off the largest 0.01 % of the values. docs/export.md compares the calibrations.

    Args:
        proto: the graph, in float32.
        op_types: types of the operations.
        job: the export, with its calibration and the pictures, of the size that the graph takes.
    """
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod
    from onnxruntime.quantization.calibrate import create_calibrator

    from hop_tf.export.samples import as_inputs

    class Reader(CalibrationDataReader):
        def __init__(self, picture):
            self.left = [as_inputs(picture.photo, picture.trimap, job.input_dtype, job.batch)]

        def get_next(self):
            return self.left.pop() if self.left else None

    options = {"symmetric": True, "percentile": 99.99}  # unused by the other methods
    method = CalibrationMethod[METHODS[job.calibration]]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):  # it reports its progress
        path, augmented = Path(folder) / "float32.onnx", Path(folder) / "augmented.onnx"
        onnx.save(proto, path)
        calibrator = create_calibrator(path, op_types, str(augmented), method, extra_options=options)
        for picture in job.pictures:  # one at a time, since the library keeps the maps of all that it is given
            calibrator.collect_data(Reader(picture))
        return calibrator.compute_data()
