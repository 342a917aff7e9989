"""Int8 for ONNX: Q/DQ nodes around the convolutions, for ONNX Runtime and TensorRT."""

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

    from hop_tf.export.job import Job

CONVOLUTIONS = ("Conv", "ConvTranspose")
FIRST_OPSET_WITH_FLOAT16 = 19  # for Q/DQ nodes


def quantize(path: Path, job: "Job") -> "onnx.ModelProto":
    """Quantise the convolutions of an ONNX file, except those of the HOP blocks and the last layer.

    Each output channel of a kernel has its own scale. Activations are symmetric, as TensorRT requires. Their scales
    come from the smallest and largest values on the calibration pictures. Every reader of a quantised map, such as the
    addition at the end of a residual block, reads its dequantised values.

    For TensorRT, which fuses a convolution with the addition and activation that follow it, outputs of convolutions
    have no Q/DQ nodes.

    Args:
        path: the file, in float32, or in float16 for TensorRT.
        job: the export, with the pictures, of the size that the graph takes.
    """
    import onnx
    from onnx import version_converter
    from onnxruntime import quantization

    from hop_tf.export.onnx_graph.network import HOP_BLOCK
    from hop_tf.export.samples import as_inputs

    class Pictures(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = iter(job.pictures)

        def get_next(self):
            if (picture := next(self.left, None)) is None:
                return None
            return as_inputs(picture.photo, picture.trimap, job.input_dtype, job.batch)

    source = onnx.load(path)
    if job.for_tensorrt:
        source = version_converter.convert_version(source, FIRST_OPSET_WITH_FLOAT16)
    convolutions = [node.name for node in source.graph.node if node.op_type in CONVOLUTIONS]
    kept = [name for name in convolutions if re.match(HOP_BLOCK, name)] + convolutions[-1:]
    with tempfile.TemporaryDirectory() as folder:
        quantized = Path(folder) / "int8.onnx"
        quantization.quantize_static(
            source,
            quantized,
            Pictures(),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=list(CONVOLUTIONS),
            per_channel=True,
            activation_type=quantization.QuantType.QInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=kept,
            extra_options={
                "ActivationSymmetric": True,
                "WeightSymmetric": True,
                "QuantizeBias": not job.for_tensorrt,
                "OpTypesToExcludeOutputQuantization": list(CONVOLUTIONS) if job.for_tensorrt else [],
            },
        )
        return onnx.load(quantized)
