"""Losses over the unknown pixels of a batch. Known pixels cost nothing because `hop_tf.Predictor` overwrites them.

A sum over the batch is divided by the number of unknown pixels of the *whole* batch. If the batch is split over
devices, each divides its own sum by that common number, and the gradients of the devices are summed.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from hop_tf.evaluation.metrics import gradient_filters
from hop_tf.layers.padding import reflect_pad
from hop_tf.training.distribution import sum_over_replicas

PYRAMID_LEVELS = 5
PYRAMID_TAPS = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)

_FLAT = 1e-6  # added to squared gradient magnitudes, because the root has no derivative at 0


@keras.saving.register_keras_serializable(package="hop_tf")
class MattingLoss(keras.losses.Loss):
    """Mean absolute error over the unknown pixels of the whole batch (Section 3.5, Eq. 5), and three optional losses.

    The Laplacian loss (Hou and Liu, "Context-Aware Image Matting", ICCV 2019) sums the absolute values of the five
    levels of the Laplacian pyramid of the alpha's error, level s weighted by 2^(s - 1), over the unknown pixels.

    The composition loss (Xu et al., "Deep Image Matting", CVPR 2017, with the L1 norm) is the mean absolute difference
    between the composites of the true foreground F and background B with the predicted and with the true alpha, over
    the unknown pixels and the three colours in 0..1. It equals the alpha's absolute error times the mean of |F - B|, so
    it ignores changes made to the photo after compositing.

    The gradient loss is the mean of the gradient error that mattes are scored by (Rhemann et al., "A Perceptually
    Motivated Online Benchmark for Image Matting", CVPR 2009; `metrics.gradient_error`): squared differences of the two
    gradient magnitudes, after the known pixels of the predicted alpha are overwritten. Unlike the score it does not
    stretch alphas to 0..1, and it mirrors the borders. A squared error is minimal at the mean of the possible values,
    an absolute error at their median. The gradient loss has no derivative at flat predictions and ignores the direction
    of an edge, so use it beside another loss.

    Args:
        absolute: weight of the mean absolute error; a weight of 0 omits a part.
        laplacian: weight of the Laplacian loss.
        composition: weight of the composition loss.
        gradient: weight of the gradient loss.

    Call arguments:
        y_true: true alpha, `[batch, height, width, 1]` in 0..1. For the composition loss `[batch, height, width, 7]`:
            alpha, RGB of the foreground, RGB of the background, all in 0..1.
        y_pred: predicted alpha, `[batch, height, width, 1]` in 0..1. For the Laplacian loss height and width are
            multiples of 16.
        sample_weight: `[batch, height, width]`, 1 at unknown pixels, 0 elsewhere. `None` treats all as unknown.

    Returns:
        The sum of the errors over the unknown pixels, divided by their number.

    Raises:
        ValueError: if the composition loss is used and `y_true` does not have seven channels.
    """

    def __init__(
        self,
        absolute: float = 1.0,
        laplacian: float = 0.0,
        composition: float = 0.0,
        gradient: float = 0.0,
        name: str = "matting_loss",
        **kwargs,
    ):
        super().__init__(name=name, **{"reduction": "sum", **kwargs})
        self.absolute = absolute
        self.laplacian = laplacian
        self.composition = composition
        self.gradient = gradient

    def __call__(
        self,
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> keras.KerasTensor:
        y_true, y_pred = ops.cast(y_true, self.dtype), ops.cast(y_pred, self.dtype)
        unknown = ops.ones_like(y_pred) if sample_weight is None else ops.cast(sample_weight, self.dtype)
        unknown = ops.reshape(unknown, ops.shape(y_pred))
        (count,) = sum_over_replicas([ops.sum(unknown)])
        error = unknown * (y_pred - y_true[..., :1])
        total = self.absolute * ops.sum(ops.abs(error))
        if self.laplacian:
            levels = laplacian_pyramid(error)
            total += self.laplacian * sum(2.0**s * ops.sum(ops.abs(level)) for s, level in enumerate(levels))
        if self.composition:
            if y_true.shape[-1] != 7:
                raise ValueError(
                    "The composition loss needs alpha, foreground and background, [batch, height, width, 7]. "
                    f"Received: y_true of shape {tuple(y_true.shape)}"
                )
            contrast = ops.mean(ops.abs(y_true[..., 1:4] - y_true[..., 4:]), axis=-1, keepdims=True)
            total += self.composition * ops.sum(ops.abs(error) * contrast)
        if self.gradient:
            alpha = y_true[..., :1]
            difference = unknown * (gradient_magnitude(alpha + error) - gradient_magnitude(alpha))
            total += self.gradient * ops.sum(ops.square(difference))
        return total / ops.maximum(count, 1)

    def get_config(self) -> dict:
        weights = {name: getattr(self, name) for name in ("absolute", "laplacian", "composition", "gradient")}
        return {**super().get_config(), **weights}


def laplacian_pyramid(x: keras.KerasTensor, levels: int = PYRAMID_LEVELS) -> list[keras.KerasTensor]:
    """Return the differences between successive scales (Burt and Adelson, 1983), as OpenCV's pyrDown and pyrUp.

    Args:
        x: `[batch, height, width, 1]`, height and width multiples of `2**(levels - 1)`.
        levels: number of levels. The last is the coarsest scale itself, not a difference.

    Returns:
        Tensors `[batch, height / 2**s, width / 2**s, 1]` for s from 0 to `levels - 1`.
    """
    pyramid = []
    for _ in range(levels - 1):
        coarse = _smooth(x)[:, ::2, ::2]
        pyramid.append(x - 4 * _smooth(_spread(coarse)))
        x = coarse
    return [*pyramid, x]


def gradient_magnitude(x: keras.KerasTensor) -> keras.KerasTensor:
    """Return the gradient magnitude by derivatives of a Gaussian, sigma 1.4, with mirrored borders.

    Args:
        x: `[batch, height, width, 1]`.

    Returns:
        `[batch, height, width, 1]`, in the unit of `hop_tf.evaluation.metrics`, whose filters have L2 norm 1.
    """
    smooth, derive = gradient_filters()
    squared = ops.square(_separable(x, smooth, derive)) + ops.square(_separable(x, derive, smooth))
    return ops.sqrt(squared + _FLAT)


def _smooth(x):
    """Convolve with the 5 x 5 binomial filter, borders mirrored."""
    return _separable(x, PYRAMID_TAPS, PYRAMID_TAPS)


def _separable(
    x: keras.KerasTensor, down: Sequence[float] | np.ndarray, across: Sequence[float] | np.ndarray
) -> keras.KerasTensor:
    """Correlate the columns of `[batch, height, width, 1]` with `down` and the rows with `across`, borders mirrored.

    Both filters have an odd length; the result has the shape of `x`. `ops.image.gaussian_blur` pads with zeros, and
    neither it nor `ops.image.sobel_edges` has these filters.
    """
    rows, columns = ((len(taps) // 2,) * 2 for taps in (down, across))  # mirrored pixels, before and after
    down, across = (ops.convert_to_tensor(taps, dtype=x.dtype) for taps in (down, across))
    x = ops.conv(reflect_pad(x, rows, (0, 0)), ops.reshape(down, (-1, 1, 1, 1)), data_format="channels_last")
    return ops.conv(reflect_pad(x, (0, 0), columns), ops.reshape(across, (1, -1, 1, 1)), data_format="channels_last")


def _spread(x):
    """Insert zeros between pixels: `[batch, height, width, 1]` to `[batch, 2 * height, 2 * width, 1]`."""
    batch, height, width, _ = ops.shape(x)
    x = ops.reshape(x, (batch, height, 1, width, 1))
    x = ops.pad(x, ((0, 0), (0, 0), (0, 1), (0, 0), (0, 1)))
    return ops.reshape(x, (batch, 2 * height, 2 * width, 1))
