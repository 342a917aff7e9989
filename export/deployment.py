import keras
from keras import ops

from hop_tf.input_size import padding_to_input_size
from hop_tf.layers import ReflectPadding2D
from hop_tf.trimap import FOREGROUND_FROM, UNKNOWN_FROM


def deployment_graph(model, size=None):
    """The network as it is deployed: a photo as it is goes in, its finished alpha comes out.

    Setting known pixels is part of the graph; where the size is fixed, so are padding it and cropping back.

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
        pad = ReflectPadding2D([(0, missing) for missing in padding_to_input_size(*size)], name="pad")
        alpha = model({name: pad(x) for name, x in inputs.items()})[:, :height, :width]
    else:
        alpha = model(inputs)
    alpha = ops.where(trimap < UNKNOWN_FROM, 0.0, ops.where(trimap >= FOREGROUND_FROM, 1.0, alpha))
    alpha = keras.layers.Identity(name="alpha", dtype="float32")(alpha)
    return keras.Model(inputs, {"alpha": alpha}, name=model.name)
