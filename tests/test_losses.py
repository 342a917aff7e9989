import cv2
import keras
import numpy as np
import pytest

from hop_tf.losses import MattingLoss, laplacian_pyramid


def draw(seed=0, size=32, batch=2):
    """Alpha, predicted alpha, both float32 `[batch, size, size, 1]`, and the unknown pixels, `[batch, size, size]`."""
    rng = np.random.default_rng(seed)
    alpha, predicted = rng.random((2, batch, size, size, 1), np.float32)
    return alpha, predicted, (rng.random((batch, size, size)) < 0.3).astype(np.float32)


def value(tensor):
    return float(keras.ops.convert_to_numpy(tensor))


def test_equation_5_is_the_mean_over_unknown_pixels_of_the_whole_batch():
    alpha, predicted, unknown = draw()
    unknown[0] = 0
    unknown[0, 3, 4] = 1  # one picture with one unknown pixel weighs next to nothing
    expected = np.abs(predicted - alpha)[unknown == 1].mean()
    assert value(MattingLoss()(alpha, predicted, unknown)) == pytest.approx(expected, rel=1e-6)


def test_known_pixels_cost_nothing():
    alpha, predicted, unknown = draw()
    elsewhere = np.where(unknown[..., None] == 1, predicted, 0.5)
    loss = MattingLoss(laplacian=1.0)
    assert value(loss(alpha, predicted, unknown)) == value(loss(alpha, elsewhere, unknown))


def test_a_batch_without_unknown_pixels_costs_nothing():
    alpha, predicted, unknown = draw()
    assert value(MattingLoss()(alpha, predicted, 0 * unknown)) == 0


def test_pyramid_is_that_of_opencv():
    image = draw(size=64)[0]
    levels = [keras.ops.convert_to_numpy(level)[0, ..., 0] for level in laplacian_pyramid(image)]
    expected, scale = [], image[0, ..., 0]
    for _ in range(4):
        coarse = cv2.pyrDown(scale)
        expected.append(scale - cv2.pyrUp(coarse))
        scale = coarse
    for level, reference in zip(levels, [*expected, scale], strict=True):
        inner = np.s_[:-2, :-2]  # OpenCV goes its own way at the far edges, where it enlarges
        np.testing.assert_allclose(level[inner], reference[inner], atol=1e-6)


def test_laplacian_loss_of_a_constant_error_is_that_of_the_coarsest_level():
    alpha, _, unknown = draw()
    loss = MattingLoss(absolute=0.0, laplacian=1.0)
    # 16 times the absolute error, on a 256th of the pixels
    assert value(loss(alpha, alpha + 0.4, np.ones_like(unknown))) == pytest.approx(0.4 * 16 / 256, rel=1e-3)


def test_weights_add_up_and_survive_serialization():
    alpha, predicted, unknown = draw()
    parts = [MattingLoss(1.0, 0.0), MattingLoss(0.0, 1.0)]
    both = MattingLoss.from_config(MattingLoss(2.0, 0.5).get_config())
    expected = 2 * value(parts[0](alpha, predicted, unknown)) + 0.5 * value(parts[1](alpha, predicted, unknown))
    assert value(both(alpha, predicted, unknown)) == pytest.approx(expected, rel=1e-6)
