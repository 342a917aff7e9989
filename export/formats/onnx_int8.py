"""Int8 for ONNX: Q/DQ nodes around the convolutions, as ONNX Runtime and TensorRT read them."""

import re
import tempfile
from pathlib import Path

CONVOLUTIONS = ("Conv", "ConvTranspose")
HOP_BLOCK = re.compile(r"(global|local)_hop\d*(_\d+)?/")


def quantize(path, pictures, input_dtype="float32", batch=1, float_bias=False):
    """Quantises the convolutions of a float32 ONNX file; attention and the last layer stay as they are.

    Kernels get one scale per output channel. Activations are symmetric, as TensorRT asks for, with scales from the
    smallest and largest values that the calibration pictures give.

    Args:
        path: `Path` of the file.
        pictures: sequence of (name, photo, trimap, alpha), of the size that the graph takes.
        input_dtype: of the graph's inputs.
        batch: int, how many pictures the graph takes at a time.
        float_bias: bool, whether biases stay float32.

    Returns:
        `onnx.ModelProto`.
    """
    import onnx
    from onnxruntime import quantization

    from hop_tf.export.samples import as_inputs

    class Pictures(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = iter(pictures)

        def get_next(self):
            picture = next(self.left, None)
            return None if picture is None else as_inputs(picture, input_dtype, batch)

    convolutions = [node.name for node in onnx.load(path).graph.node if node.op_type in CONVOLUTIONS]
    kept = [name for name in convolutions if HOP_BLOCK.match(name)] + convolutions[-1:]
    with tempfile.TemporaryDirectory() as folder:
        quantized = Path(folder) / "int8.onnx"
        quantization.quantize_static(
            path,
            quantized,
            Pictures(),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=list(CONVOLUTIONS),
            per_channel=True,
            activation_type=quantization.QuantType.QInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=kept,
            extra_options={"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": not float_bias},
        )
        return onnx.load(quantized)
