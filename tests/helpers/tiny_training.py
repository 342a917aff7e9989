"""`train.py` on a network of a few layers, one of each kind with a state, which trains in seconds.

    python tests/helpers/tiny_training.py CONFIG -o OUTPUT [--set ...]

The environment variable CPU_DEVICES splits the CPU into that many devices for TensorFlow.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

CONFIG = """
[training]
steps = 12
steps_per_epoch = 3
[data]
crop_size = 64
batch_size = 4
recipe = "paper"
layout = "cutouts"
foregrounds = "{folder}/cutouts"
backgrounds = "{folder}/photos"
[optimizer]
learning_rate = 2e-3
warmup_steps = 2
ema = 0.9
"""


def write_config(folder):
    """Write a config, and cut-outs and photos for it, which are quicker to sample than drawn foregrounds."""
    import cv2
    import numpy as np

    rng = np.random.default_rng(0)
    for name in ("cutouts", "photos"):
        (folder / name).mkdir()
    for i in range(3):
        alpha = cv2.circle(np.zeros((96, 96), np.uint8), (48, 48), 20 + 8 * i, 255, -1)
        colours, photo = rng.integers(0, 256, (2, 96, 96, 3), np.uint8)
        cv2.imwrite(str(folder / f"cutouts/{i}.png"), np.dstack([colours, cv2.GaussianBlur(alpha, (15, 15), 5)]))
        cv2.imwrite(str(folder / f"photos/{i}.png"), photo)
    path = folder / "tiny.toml"
    path.write_text(CONFIG.format(folder=folder.as_posix()))
    return path


def tiny_network(dtype="float32"):
    """Return two convolutions, a local HOP block and BatchNorms as a model with the inputs of `HOPMatting`."""
    import keras
    from keras import layers

    from hop_tf.layers import LocalHOP, MattingInput, SpectralConv2D, SpectralConv2DTranspose

    image, trimap = keras.Input((None, None, 3), name="image"), keras.Input((None, None, 1), name="trimap")
    rgb, one_hot = MattingInput()(image, trimap)
    x = layers.Concatenate(dtype=dtype)([rgb, one_hot])
    x = SpectralConv2D(16, 3, 2, "same", dtype=dtype)(x)
    x = layers.ReLU(dtype=dtype)(layers.BatchNormalization(momentum=0.9, dtype=dtype)(x))
    x = LocalHOP(5, dtype=dtype)(x, x)
    x = SpectralConv2DTranspose(8, 4, 2, "same", dtype=dtype)(x)
    x = layers.ReLU(dtype=dtype)(layers.BatchNormalization(momentum=0.9, dtype=dtype)(x))
    x = layers.Conv2D(1, 3, padding="same", dtype=dtype)(x)
    x = layers.Activation("tanh", dtype="float32")(x)
    return keras.Model({"image": image, "trimap": trimap}, layers.Rescaling(0.5, 0.5, dtype="float32")(x))


def build_tiny_model(training):
    """Build the network in place of `train.build_model`."""
    model = tiny_network(training.dtype)
    if training.initial_weights:
        model.load_weights(training.initial_weights)
    return model


def train_here(config, output, *settings):
    """Train in this process; `settings` are `TABLE.KEY=VALUE`."""
    import pytest

    import train

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "build_model", build_tiny_model)
        train.train(train.read_config(config, settings), output)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    import train

    if devices := int(os.environ.get("CPU_DEVICES", 0)):
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * devices)
    train.build_model = build_tiny_model
    sys.exit(train.main())
