"""Convolutions with spectral normalisation (Miyato et al., "Spectral Normalization for GANs", ICLR 2018)."""

from typing import Any

import keras
from keras import ops

from hop_tf.layers.types import Shape, Tensor


class _SpectralConvolution(keras.layers.Layer):
    """Base class: a convolution kernel divided by its spectral norm.

    The kernel `[kernel_size, kernel_size, a, b]` is read as the matrix `W` of shape `[kernel_size**2 * a, b]`. One
    power iteration per training step, `v = normalise(W u)`, `u = normalise(W^T v)`, keeps `u` and `v` near the leading
    singular vectors of `W`. The layer convolves with `W / sigma`, where `sigma = v^T W u`. `W` itself stays the trained
    variable, in float32 under mixed precision too; gradients flow through `sigma` but not through `u` and `v`.
    Inference leaves `u` and `v` unchanged.
    """

    def __init__(self, filters: int, kernel_size: int, strides: int = 1, padding: str = "valid", **kwargs: Any):
        super().__init__(**kwargs)
        if padding not in ("valid", "same"):
            raise ValueError(f'`padding` must be "valid" or "same". Received: padding={padding}')
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.padding = padding

    def _build_kernel(self, shape):
        def add(name, shape, initializer, trainable):
            return self.add_weight(name=name, shape=shape, initializer=initializer, trainable=trainable, autocast=False)

        def singular_vector(index):  # with random vectors sigma would be tiny, and activations would overflow
            return lambda _, dtype=None: _singular_vectors(draw(shape, dtype), iterations=3)[index]

        draw = keras.initializers.GlorotUniform()  # draws the same values at every call
        self.kernel = add("kernel", shape, draw, True)
        self.u = add("u", (shape[-1],), singular_vector(0), False)
        self.v = add("v", (shape[0] * shape[1] * shape[2],), singular_vector(1), False)
        self.built = True

    def normalized_kernel(self, training: bool = False) -> Tensor:
        """Return the kernel divided by its spectral norm, in float32.

        Args:
            training: bool, whether to run one power iteration first, which updates `u` and `v`.
        """
        kernel = ops.convert_to_tensor(self.kernel)
        matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
        u, v = ops.convert_to_tensor(self.u), ops.convert_to_tensor(self.v)
        if training and self.trainable:
            fixed = ops.stop_gradient(matrix)
            v = _normalize(ops.matmul(fixed, u))
            u = _normalize(ops.matmul(v, fixed))
            self.u.assign(u)
            self.v.assign(v)
        sigma = ops.sum(v * ops.matmul(matrix, u))
        return kernel / sigma

    def estimate_spectral_norm(self, iterations: int = 50) -> None:
        """Set `u` and `v` close to the leading singular vectors of the kernel.

        Args:
            iterations: int, number of power iterations from a random start.
        """
        u, v = _singular_vectors(ops.convert_to_tensor(self.kernel), iterations)
        self.u.assign(u)
        self.v.assign(v)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
        }


@keras.saving.register_keras_serializable(package="hop_tf")
class SpectralConv2D(_SpectralConvolution):
    """2D convolution without bias whose kernel is divided by its spectral norm.

    Unlike `keras.layers.SpectralNormalization` it never overwrites the kernel, and it keeps the float32 kernel exact
    under mixed precision.

    Args:
        filters: int, number of output channels.
        kernel_size: int, height and width of the kernel in pixels.
        strides: int, in pixels.
        padding: `"valid"` or `"same"`.

    Call arguments:
        inputs: `[batch, height, width, channels]`.
        training: bool, whether to update the estimate of the spectral norm by one power iteration.

    Returns:
        `[batch, new_height, new_width, filters]`, the compute dtype.

    Raises:
        ValueError: if `padding` is neither `"valid"` nor `"same"`.

    Example:
        >>> y = SpectralConv2D(8, 3, padding="same")(np.ones((1, 24, 32, 3)))
        >>> print(y.shape)
        (1, 24, 32, 8)
    """

    def build(self, input_shape: Shape) -> None:
        self._build_kernel((self.kernel_size, self.kernel_size, input_shape[-1], self.filters))

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        kernel = ops.cast(self.normalized_kernel(training), self.compute_dtype)
        return ops.conv(inputs, kernel, self.strides, self.padding, data_format="channels_last")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        def size(n):
            if n is None:
                return None
            return -(-n // self.strides) if self.padding == "same" else (n - self.kernel_size) // self.strides + 1

        return (input_shape[0], size(input_shape[1]), size(input_shape[2]), self.filters)


@keras.saving.register_keras_serializable(package="hop_tf")
class SpectralConv2DTranspose(_SpectralConvolution):
    """Transposed 2D convolution without bias whose kernel is divided by its spectral norm.

    The kernel is `[kernel_size, kernel_size, filters, channels]`. As in the released network, its matrix has one column
    per *input* channel.

    Args:
        filters, kernel_size, strides, padding: see `SpectralConv2D`.

    Call arguments:
        inputs, training: see `SpectralConv2D`.

    Returns:
        `[batch, new_height, new_width, filters]`, the compute dtype.

    Raises:
        ValueError: if `padding` is neither `"valid"` nor `"same"`.

    Example:
        >>> y = SpectralConv2DTranspose(8, 4, strides=2, padding="same")(np.ones((1, 12, 16, 3)))
        >>> print(y.shape)
        (1, 24, 32, 8)
    """

    def build(self, input_shape: Shape) -> None:
        self._build_kernel((self.kernel_size, self.kernel_size, self.filters, input_shape[-1]))

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        kernel = ops.cast(self.normalized_kernel(training), self.compute_dtype)
        return ops.conv_transpose(inputs, kernel, self.strides, self.padding, data_format="channels_last")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        def size(n):
            if n is None:
                return None
            return n * self.strides + (max(self.kernel_size - self.strides, 0) if self.padding == "valid" else 0)

        return (input_shape[0], size(input_shape[1]), size(input_shape[2]), self.filters)


def _singular_vectors(kernel, iterations):
    matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
    u = keras.random.normal((kernel.shape[-1],), dtype="float32", seed=0)
    for _ in range(iterations):
        v = _normalize(ops.matmul(matrix, u))
        u = _normalize(ops.matmul(v, matrix))
    return u, v


def _normalize(x):
    return x / (ops.norm(x) + 1e-12)
