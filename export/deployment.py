import keras
from keras import ops

from hop_tf.images import FOREGROUND_FROM, UNKNOWN_FROM
from hop_tf.layers.padding import reflect_pad

SIZE_MULTIPLE, SMALLEST_SIZE = 32, 64


def deployment_graph(model, size=None):
    """The network as it is deployed: a photo as it is goes in, its finished alpha comes out.

    Padding to the sizes the network takes, cropping back, and setting known pixels are part of the graph.

    Args:
        model: `hop_tf.HOPMatting`.
        size: (height, width) in pixels, any; or None for a graph of any height and width that are multiples of 32
            and at least 64.

    Returns:
        `keras.Model` from `image`, float32 `[batch, height, width, 3]`, RGB in 0..255, and `trimap`, float32
        `[batch, height, width, 1]` in 0..255, to `alpha`, float32 `[batch, height, width, 1]` in 0..1, exactly 0 and
        1 where the trimap is known.
    """
    height, width = size or (None, None)
    image = keras.Input((height, width, 3), name="image")
    trimap = keras.Input((height, width, 1), name="trimap")
    inputs = {"image": image, "trimap": trimap}
    if size:
        padding = [(0, max(SMALLEST_SIZE, -(-n // SIZE_MULTIPLE) * SIZE_MULTIPLE) - n) for n in size]
        pad = _BottomRightPadding(*padding, name="pad")
        alpha = model({name: pad(x) for name, x in inputs.items()})[:, :height, :width]
    else:
        alpha = model(inputs)
    alpha = ops.where(trimap < UNKNOWN_FROM, 0.0, ops.where(trimap >= FOREGROUND_FROM, 1.0, alpha))
    alpha = keras.layers.Identity(name="alpha", dtype="float32")(alpha)
    return keras.Model(inputs, {"alpha": alpha}, name=model.name)


class _BottomRightPadding(keras.layers.Layer):
    """`reflect_pad` by fixed amounts."""

    def __init__(self, height, width, **kwargs):
        super().__init__(**kwargs)
        self.height, self.width = height, width

    def call(self, inputs):
        return reflect_pad(inputs, self.height, self.width)
