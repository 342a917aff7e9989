"""The convolution blocks that encoder and decoder are built of (Figure 2).

Every layer gets an explicit name, by which `released_checkpoint` finds its weights.
"""

from keras import layers

from hop_tf.layers import BatchNormalization, SpectralConv2D, SpectralConv2DTranspose


class Blocks:
    """Builds named layers that share the settings of one network: the epsilon of every BatchNorm."""

    bn_momentum = 0.9

    def __init__(self, bn_epsilon):
        self.bn_epsilon = bn_epsilon

    def conv3x3(self, x, filters, name, stride=1):
        """3 x 3 convolution padded by one zero on all four sides; "same" would pad a strided one by (0, 1)."""
        if stride > 1:
            x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
        return SpectralConv2D(filters, 3, stride, "same" if stride == 1 else "valid", name=name)(x)

    def conv1x1(self, x, filters, name):
        return SpectralConv2D(filters, 1, name=name)(x)

    def upconv(self, x, filters, name):
        """4 x 4 transposed convolution that doubles height and width."""
        return SpectralConv2DTranspose(filters, 4, 2, "same", name=name)(x)

    def norm(self, x, name, gamma_initializer="ones"):
        return BatchNormalization(
            momentum=self.bn_momentum, epsilon=self.bn_epsilon, gamma_initializer=gamma_initializer, name=name
        )(x)

    def residual_down(self, x, filters, name, stride=1):
        """ResNet-D basic block: the shortcut of a strided one is average-pooled."""
        shortcut = x
        if stride > 1:
            shortcut = layers.AveragePooling2D(2, name=f"{name}_downsample_pool")(x)
            shortcut = self.conv1x1(shortcut, filters, f"{name}_downsample_conv")
            shortcut = self.norm(shortcut, f"{name}_downsample_bn")
        x = self.conv3x3(x, filters, f"{name}_conv1", stride)
        x = relu(self.norm(x, f"{name}_bn1"), f"{name}_relu1")
        x = self.conv3x3(x, filters, f"{name}_conv2")
        x = self.norm(x, f"{name}_bn2")
        return relu(layers.Add(name=f"{name}_add")([x, shortcut]), f"{name}_relu2")

    def residual_up(self, x, filters, name, upsample=False):
        """Decoder block; with `upsample` it doubles height and width. Starts as the identity on its shortcut."""
        shortcut = x
        if upsample:
            # The published order is upsampling first: the same values, at four times the cost.
            shortcut = self.conv1x1(x, filters, f"{name}_upsample_conv")
            shortcut = self.norm(shortcut, f"{name}_upsample_bn")
            shortcut = layers.UpSampling2D(2, interpolation="nearest", name=f"{name}_upsample")(shortcut)
            x = self.upconv(x, x.shape[-1], f"{name}_conv1")
        else:
            x = self.conv3x3(x, filters, f"{name}_conv1")
        x = leaky_relu(self.norm(x, f"{name}_bn1"), f"{name}_relu1")
        x = self.conv3x3(x, filters, f"{name}_conv2")
        x = self.norm(x, f"{name}_bn2", gamma_initializer="zeros")
        return leaky_relu(layers.Add(name=f"{name}_add")([x, shortcut]), f"{name}_relu2")


def relu(x, name):
    return layers.ReLU(name=name)(x)


def leaky_relu(x, name):
    return layers.LeakyReLU(0.2, name=name)(x)
