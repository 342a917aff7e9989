"""The two encoders of Figure 2: opacity, from photo and trimap, and appearance, from the photo only."""

from collections.abc import Callable

from hop_tf.layers import ReflectPadding2D, SpectralConv2D
from hop_tf.layers.types import Tensor
from hop_tf.models.blocks import Blocks, relu


def opacity_encoder(blocks: Blocks, x: Tensor, channels: Callable[[int], int]) -> tuple[Tensor, list[Tensor]]:
    """Build the opacity encoder: a shortened ResNet-34-D with five shortcut branches to the decoder.

    Args:
        blocks: `Blocks` of the network.
        x: `[batch, height, width, 6]`, normalised photo and one-hot trimap.
        channels: maps the published number of channels to that of this network.

    Returns:
        Tuple of the coarsest feature, `[batch, height / 32, width / 32, 512]`, and the list of shortcut features at
        strides 1, 2, 4, 8 and 16 with 32, 32, 64, 128 and 256 channels.
    """
    levels = [x]
    for i, (filters, stride) in enumerate([(32, 2), (32, 1), (64, 2)], start=1):
        x = blocks.conv3x3(x, channels(filters), f"encoder_stem_conv{i}", stride)
        x = relu(blocks.norm(x, f"encoder_stem_bn{i}"), f"encoder_stem_relu{i}")
        if i == 2:
            levels.append(x)
    for stage, (filters, depth) in enumerate([(64, 3), (128, 4), (256, 4), (512, 2)], start=1):
        for block in range(depth):
            stride = 2 if block == 0 and stage > 1 else 1
            x = blocks.residual_down(x, channels(filters), f"encoder_stage{stage}_block{block}", stride)
        levels.append(x)
    *levels, coarsest = levels

    shortcuts = []
    for i, (level, filters) in enumerate(zip(levels, (32, 32, 64, 128, 256), strict=True)):
        for j in (1, 2):
            level = blocks.conv3x3(level, channels(filters), f"shortcut{i}_conv{j}")
            level = blocks.norm(relu(level, f"shortcut{i}_relu{j}"), f"shortcut{i}_bn{j}")
        shortcuts.append(level)
    return coarsest, shortcuts


def appearance_encoder(blocks: Blocks, x: Tensor, channels: Callable[[int], int]) -> dict[int, Tensor]:
    """Build the appearance encoder: four strided convolutions.

    Args:
        blocks: `Blocks` of the network.
        x: `[batch, height, width, 3]`, the normalised photo.
        channels: maps the published number of channels to that of this network.

    Returns:
        Dict of stride to appearance feature: strides 2, 4, 8 and 16 with 16, 32, 64 and 64 channels.
    """
    features = {}
    for i, filters in enumerate((16, 32, 64, 64), start=1):
        name = f"appearance_head{i}"
        x = ReflectPadding2D(name=f"{name}_pad")(x)
        x = SpectralConv2D(channels(filters), 3, 2, name=f"{name}_conv")(x)
        x = blocks.norm(relu(x, f"{name}_relu"), f"{name}_bn")
        features[2**i] = x
    return features
