"""Forms of an ONNX graph: how operations are written that can be written in several ways."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Forms:
    """The forms of one graph. All give the same alpha up to rounding; which is fastest depends on the runtime.

    Attributes:
        four_convolutions: whether a transposed convolution is written as four convolutions. ONNX Runtime's own writes
            the products of all taps to memory and adds them in a second pass, which takes longer.
        loops: whether local attention is a loop over rows of tiles, whose scores then stay in the processor's cache.
            Otherwise it is written in as many parts as its limit of memory asks for.
        blocked: whether each LeakyReLU follows a convolution, if need be one that changes nothing. ONNX Runtime then
            computes it as part of the convolution; before and after any other, it converts maps from and to its
            blocked layout.
        half_attention: whether local attention in half precision has a form that TensorRT fuses into a single kernel.
    """

    four_convolutions: bool = False
    loops: bool = False
    blocked: bool = False
    half_attention: bool = False


ONNX_RUNTIME = Forms(four_convolutions=True, loops=True, blocked=True)
ONNX_RUNTIME_INT8 = Forms(four_convolutions=True, loops=True)  # its int8 convolutions have no blocked layout
#: For TensorRT, for GPUs, where a loop starts its kernels one by one, and for OpenVINO, which computes transposed
#: convolutions and LeakyReLU well, and takes up to 1.5 times as long with loops in bfloat16.
PLAIN = Forms()
TENSORRT_HALF = Forms(half_attention=True)
