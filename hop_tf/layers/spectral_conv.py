import keras
from keras import ops


class _SpectralConvolution(keras.layers.Layer):
    """What the two convolutions below share: a kernel whose spectral norm is divided out (Miyato et al., 2018).

    The kernel `[kernel_size, kernel_size, a, b]` is seen as the matrix `W` of shape `[kernel_size**2 * a, b]`. One
    power iteration per training step, `v = normalise(W u)`, `u = normalise(W^T v)`, keeps `u` and `v` near its leading
    singular vectors, and `W / sigma` with `sigma = v^T W u` is convolved with. The raw kernel stays the trained
    variable, in float32 under mixed precision, and the gradient flows through `sigma` but not through `u` and `v`.
    In inference `u` and `v` stay as they are.
    """

    def __init__(self, filters, kernel_size, strides=1, padding="valid", **kwargs):
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

        def singular_vector(index):  # random vectors would make sigma tiny, and activations overflow
            return lambda _, dtype=None: _singular_vectors(draw(shape, dtype), iterations=3)[index]

        draw = keras.initializers.GlorotUniform()  # one object: it draws the same values at every call
        self.kernel = add("kernel", shape, draw, True)
        self.u = add("u", (shape[-1],), singular_vector(0), False)
        self.v = add("v", (shape[0] * shape[1] * shape[2],), singular_vector(1), False)
        self.built = True

    def normalized_kernel(self, training=False):
        """The kernel over its spectral norm, float32; `training=True` first runs one power iteration."""
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

    def estimate_spectral_norm(self, iterations=50):
        """Sets `u` and `v` near the kernel's leading singular vectors, by power iterations from a random start."""
        u, v = _singular_vectors(ops.convert_to_tensor(self.kernel), iterations)
        self.u.assign(u)
        self.v.assign(v)

    def get_config(self):
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

    Its initial `u` and `v` come from a few power iterations.
    Unlike `keras.layers.SpectralNormalization` it never overwrites the kernel; see `normalized_kernel`.

    Args:
        filters: int, output channels.
        kernel_size: int, height and width of the kernel.
        strides: int.
        padding: `"valid"` or `"same"`.

    Input and output: `[batch, height, width, channels]` in the layer's compute dtype.

    Raises:
        ValueError: on another `padding`.

    Example:
        >>> SpectralConv2D(8, 3, padding="same")(np.ones((1, 24, 32, 3))).shape
        (1, 24, 32, 8)
    """

    def build(self, input_shape):
        self._build_kernel((self.kernel_size, self.kernel_size, input_shape[-1], self.filters))

    def call(self, inputs, training=False):
        kernel = ops.cast(self.normalized_kernel(training), self.compute_dtype)
        return ops.conv(inputs, kernel, self.strides, self.padding, data_format="channels_last")

    def compute_output_shape(self, input_shape):
        def size(n):
            if n is None:
                return None
            return -(-n // self.strides) if self.padding == "same" else (n - self.kernel_size) // self.strides + 1

        return (input_shape[0], size(input_shape[1]), size(input_shape[2]), self.filters)


@keras.saving.register_keras_serializable(package="hop_tf")
class SpectralConv2DTranspose(_SpectralConvolution):
    """Transposed 2D convolution without bias whose kernel is divided by its spectral norm.

    Args and shapes are those of `SpectralConv2D`; the kernel is `[kernel_size, kernel_size, filters, channels]` and
    its matrix has one column per *input* channel, as in the released network.
    """

    def build(self, input_shape):
        self._build_kernel((self.kernel_size, self.kernel_size, self.filters, input_shape[-1]))

    def call(self, inputs, training=False):
        kernel = ops.cast(self.normalized_kernel(training), self.compute_dtype)
        return ops.conv_transpose(inputs, kernel, self.strides, self.padding, data_format="channels_last")

    def compute_output_shape(self, input_shape):
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
