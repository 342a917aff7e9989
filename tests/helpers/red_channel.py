import keras
import numpy as np


def red_channel_network(scale=1.0, shift=0.0):
    """Return a network whose alpha is `scale * red / 255 + shift`."""
    image, trimap = keras.Input((None, None, 3), name="image"), keras.Input((None, None, 1), name="trimap")
    conv = keras.layers.Conv2D(1, 1)
    model = keras.Model({"image": image, "trimap": trimap}, conv(keras.layers.Concatenate()([image, trimap])))
    conv.set_weights([np.array([scale / 255, 0, 0, 0], np.float32).reshape(1, 1, 4, 1), np.array([shift], np.float32)])
    return model
