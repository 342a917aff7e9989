"""A fused matting network as an ONNX graph: photo and trimap in, finished alpha out."""

from typing import TYPE_CHECKING

import keras

from hop_tf.export.errors import ExportError
from hop_tf.export.onnx_graph.builder import GraphBuilder
from hop_tf.export.onnx_graph.forms import ONNX_RUNTIME, Forms
from hop_tf.export.onnx_graph.layers import WRITERS, cast, one_hot
from hop_tf.export.onnx_graph.maps import Map
from hop_tf.export.onnx_graph.patches import mirror
from hop_tf.pictures.input_size import SIZE_MULTIPLE, SMALLEST_SIZE, input_size

if TYPE_CHECKING:
    import onnx

#: Start of the names of the nodes in the HOP blocks, a regular expression. A number tells copies of a layer apart.
HOP_BLOCK = r"(global|local)_hop\d*(_\d+)?/"

#: Start of the names of the nodes that find the known pixels.
ONE_HOT = "shared/one_hot/"


def onnx_graph(
    model: keras.Model,
    size: tuple[int, int] | None = None,
    batch: int = 1,
    input_dtype: str = "float32",
    forms: Forms = ONNX_RUNTIME,
) -> "onnx.ModelProto":
    """Return the ONNX graph of a network as it is deployed.

    Its inputs and outputs are those of `hop_tf.export.graph.deployment_graph`. It is written for inference:
    feature maps are `[batch, channels, height, width]`, as ONNX has them; tensors whose size grows with the photo are
    computed instead of stored; local attention runs in a loop or in parts, which limits its memory.

    Args:
        model: a network that `hop_tf.fuse` returned; its dtype policy is that of the graph.
        size: (height, width) of the photos in pixels, of any size; `None` for a graph of any height and width.
        batch: number of photos at a time; ignored by a graph of any height and width, which takes any number.
        input_dtype: `"float32"` or `"uint8"`, the type of both inputs.
        forms: how operations are written that have several forms; by default as ONNX Runtime on a CPU is fastest. Local
            attention of a mixed-precision network computes its scores in float32, unless `forms.half_attention`.

    Raises:
        ExportError: if the network has a layer that cannot be written.
    """
    b = GraphBuilder(forms, batch if size else 1)
    height, width = size or (b.op("Shape", "image", start=axis, end=axis + 1) for axis in (1, 2))
    image, trimap = (_padded(b, *named, height, width, input_dtype) for named in (("image", 3), ("trimap", 1)))
    alpha = _run(b, model, {"image": image, "trimap": trimap})
    _, unknown, foreground = one_hot(b, trimap.name)
    alpha = cast(b, alpha, "float32")
    finished = b.op("Where", b.cast(unknown, "bool"), alpha.name, foreground)
    if (alpha.height, alpha.width) != (height, width):
        finished = b.slice(finished, {2: (0, height, 1), 3: (0, width, 1)})
    shape = (batch, *size) if size else ("batch", "height", "width")
    inputs = {name: (input_dtype, [*shape, channels]) for name, channels in (("image", 3), ("trimap", 1))}
    outputs = {"alpha": (b.reshape(finished, -1, height, width, 1), ("float32", [*shape, 1]))}
    return b.finish(model.name, inputs, outputs)


def _padded(b, name, channels, height, width, dtype):
    """Return a picture as a map, mirrored at its bottom and right edge up to a size that the network takes."""
    x, sizes = name, []
    for axis, n in ((1, height), (2, width)):
        if isinstance(n, int):
            sizes.append(input_size(n))
        else:
            blocks = b.size("Div", b.size("Add", n, SIZE_MULTIPLE - 1), SIZE_MULTIPLE)
            sizes.append(b.size("Max", b.size("Mul", blocks, SIZE_MULTIPLE), SMALLEST_SIZE))
        if sizes[-1] != n:
            x = mirror(b, x, axis, n, 0, sizes[-1])
    x = x if dtype == "float32" else b.cast(x, "float32")
    smallest = min(n if isinstance(n, int) else SMALLEST_SIZE for n in sizes)
    return Map(b.transpose(x, 0, 3, 1, 2), channels, sizes[0], sizes[1], smallest, SIZE_MULTIPLE)


def _run(b, model, inputs):
    """Write the layers of a functional model and return what it returns; maps take the place of tensors."""

    def writer(operation):
        def write(*args, **_):
            with b.scope(operation.name):
                if isinstance(operation, keras.Model):
                    return _run(b, operation, *args)
                kind = type(operation).__name__
                if kind not in WRITERS:
                    raise ExportError(f"the layer {operation.name} cannot be written in ONNX: its type is {kind}")
                dtype = getattr(operation, "compute_dtype", None)
                return WRITERS[kind](b, operation, *(cast(b, x, dtype) for x in args))

        return write

    return model._run_through_graph(inputs, operation_fn=writer)
