import math

import keras
import pytest
from keras import layers

from hop_tf import HOPMatting, fuse
from hop_tf.benchmarks.latency.worker.multiply_adds import count_multiply_adds


def test_convolutions_and_products_are_counted_as_by_hand():
    inputs = {
        "image": keras.Input((None, None, 3), name="image"),
        "trimap": keras.Input((None, None, 1), name="trimap"),
    }
    x = layers.Concatenate()([inputs["image"], inputs["trimap"]])
    x = layers.Conv2D(8, 3, strides=2, padding="same")(x)  # 32 x 48 x 8 outputs
    query = layers.Reshape((32, 48 * 8))(x)
    x = layers.Conv2DTranspose(1, 4, strides=2, padding="same")(x)
    similar = layers.GlobalAveragePooling1D()(layers.Dot((2, 2))([query, query]))  # 32 x 32 products of 48 * 8
    alpha = layers.Multiply()([x, layers.Reshape((1, 1, 1))(layers.Dense(1)(similar))])
    counts = count_multiply_adds(keras.Model(inputs, alpha), (60, 90))  # padded to 64 x 96
    assert counts == {
        "convolutions": 32 * 48 * 8 * (3 * 3 * 4) + 32 * 48 * 8 * (4 * 4 * 1),
        "matrix_products": 32 * 32 * 48 * 8 + 32,
    }


def test_a_network_is_counted_as_layer_by_layer(monkeypatch):
    counted = []

    def counting(kind, call):
        def counting_call(self, x, *args, **kwargs):
            y = call(self, x, *args, **kwargs)
            positions = x if kind is layers.Conv2DTranspose else y  # each input, or output, meets the whole kernel
            counted.append(math.prod(positions.shape) * math.prod(self.kernel.shape[:3]))
            return y

        return counting_call

    model = HOPMatting(width=0.25, local_hops=1)
    found = count_multiply_adds(model, (64, 96))
    network = fuse(model)
    for kind in (layers.Conv2D, layers.Conv2DTranspose):
        monkeypatch.setattr(kind, "call", counting(kind, kind.call))
    network({"image": keras.ops.zeros((1, 64, 96, 3)), "trimap": keras.ops.zeros((1, 64, 96, 1))})
    assert found["convolutions"] == sum(counted)
    assert found["matrix_products"] > 0


def test_an_unknown_product_is_refused():
    inputs = {
        "image": keras.Input((None, None, 3), name="image"),
        "trimap": keras.Input((None, None, 1), name="trimap"),
    }
    x = layers.DepthwiseConv2D(3, padding="same")(inputs["image"])
    alpha = layers.Conv2D(1, 1)(layers.Concatenate()([x, inputs["trimap"]]))
    with pytest.raises(ValueError, match="DepthwiseConv2dNative"):
        count_multiply_adds(keras.Model(inputs, alpha), (64, 64))
