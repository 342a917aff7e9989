"""Convolution blocks of the encoders and the decoder (Figure 2).

Every layer has an explicit name, by which `released_checkpoint` finds its weights.
"""

from keras import layers

from hop_tf.layers import BatchNormalization, SpectralConv2D, SpectralConv2DTranspose
from hop_tf.layers.types import Tensor

LAST = "channels_last"  # passed explicitly, because Keras' global image data format may differ


class Blocks:
    """Builder of named layers that share the BatchNorm settings of one network.

    All methods take and return float `[batch, height, width, channels]`.

    Args:
        bn_epsilon: float, epsilon of every BatchNorm.
    """

    bn_momentum = 0.9

    def __init__(self, bn_epsilon: float):
        self.bn_epsilon = bn_epsilon

    def conv3x3(self, x: Tensor, filters: int, name: str, stride: int = 1) -> Tensor:
        """Apply a 3 x 3 convolution padded by one zero on all four sides; strided, "same" would pad by (0, 1)."""
        if stride > 1:
            x = layers.ZeroPadding2D(1, LAST, name=f"{name}_pad")(x)
        return SpectralConv2D(filters, 3, stride, "same" if stride == 1 else "valid", name=name)(x)

    def conv1x1(self, x: Tensor, filters: int, name: str) -> Tensor:
        """Apply a 1 x 1 convolution."""
        return SpectralConv2D(filters, 1, name=name)(x)

    def upconv(self, x: Tensor, filters: int, name: str) -> Tensor:
        """Apply a 4 x 4 transposed convolution, which doubles height and width."""
        return SpectralConv2DTranspose(filters, 4, 2, "same", name=name)(x)

    def norm(self, x: Tensor, name: str, gamma_initializer: str = "ones") -> Tensor:
        """Apply BatchNorm."""
        return BatchNormalization(
            momentum=self.bn_momentum, epsilon=self.bn_epsilon, gamma_initializer=gamma_initializer, name=name
        )(x)

    def residual_down(self, x: Tensor, filters: int, name: str, stride: int = 1) -> Tensor:
        """Apply a basic block of a ResNet-D, where average pooling shrinks the shortcut of a strided block."""
        shortcut = x
        if stride > 1:
            shortcut = layers.AveragePooling2D(2, data_format=LAST, name=f"{name}_downsample_pool")(x)
            shortcut = self.conv1x1(shortcut, filters, f"{name}_downsample_conv")
            shortcut = self.norm(shortcut, f"{name}_downsample_bn")
        x = self.conv3x3(x, filters, f"{name}_conv1", stride)
        x = relu(self.norm(x, f"{name}_bn1"), f"{name}_relu1")
        x = self.conv3x3(x, filters, f"{name}_conv2")
        x = self.norm(x, f"{name}_bn2")
        return relu(layers.Add(name=f"{name}_add")([x, shortcut]), f"{name}_relu2")

    def residual_up(self, x: Tensor, filters: int, name: str, upsample: bool = False) -> Tensor:
        """Apply a decoder block; `upsample` doubles height and width. Its residual branch is initially 0."""
        shortcut = x
        if upsample:
            # The released code upsamples first, which gives the same values at four times the cost.
            shortcut = self.conv1x1(x, filters, f"{name}_upsample_conv")
            shortcut = self.norm(shortcut, f"{name}_upsample_bn")
            shortcut = layers.UpSampling2D(2, LAST, "nearest", name=f"{name}_upsample")(shortcut)
            x = self.upconv(x, x.shape[-1], f"{name}_conv1")
        else:
            x = self.conv3x3(x, filters, f"{name}_conv1")
        x = leaky_relu(self.norm(x, f"{name}_bn1"), f"{name}_relu1")
        x = self.conv3x3(x, filters, f"{name}_conv2")
        x = self.norm(x, f"{name}_bn2", gamma_initializer="zeros")
        return leaky_relu(layers.Add(name=f"{name}_add")([x, shortcut]), f"{name}_relu2")


def relu(x: Tensor, name: str) -> Tensor:
    """Apply ReLU."""
    return layers.ReLU(name=name)(x)


def leaky_relu(x: Tensor, name: str) -> Tensor:
    """Apply LeakyReLU with slope 0.2."""
    return layers.LeakyReLU(0.2, name=name)(x)
