import cv2
import keras
import numpy as np
import pytest

from hop_tf.evaluation.metrics import gradient_error
from hop_tf.layers.gradients import value_and_gradient
from hop_tf.training.losses import MattingLoss, laplacian_pyramid


def draw(seed=0, size=32, batch=2):
    """Alpha, predicted alpha, both float32 `[batch, size, size, 1]`, and the unknown pixels, `[batch, size, size]`."""
    rng = np.random.default_rng(seed)
    alpha, predicted = rng.random((2, batch, size, size, 1), np.float32)
    return alpha, predicted, (rng.random((batch, size, size)) < 0.3).astype(np.float32)


def draw_layers(alpha):
    """Foreground and background of `alpha`, both float32 `[batch, size, size, 3]` in 0..1."""
    return np.random.default_rng(1).random((2, *alpha.shape[:3], 3), np.float32)


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
    loss = MattingLoss(laplacian=1.0, gradient=1.0)
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


def test_gradient_loss_is_the_gradient_error_over_unknown_pixels():
    alpha, predicted, unknown = (part[:1] for part in draw(size=64))
    unknown[:, :6], unknown[:, -6:], unknown[:, :, :6], unknown[:, :, -6:] = 0, 0, 0, 0  # the borders differ
    alpha[:, 0, :2, 0] = 0, 1  # as the score stretches both to 0..1
    alpha, predicted = (np.round(255 * part) / 255 for part in (alpha, predicted))
    matte = np.where(unknown[..., None] == 1, predicted, alpha)
    levels = [np.round(255 * part[0, ..., 0]).astype(np.uint8) for part in (matte, alpha)]
    expected = gradient_error(*levels, (128 * unknown[0]).astype(np.uint8)) * 1000 / unknown.sum()
    loss = MattingLoss(absolute=0.0, gradient=1.0)
    assert value(loss(alpha, predicted, unknown)) == pytest.approx(expected, rel=1e-4)


def test_gradient_loss_of_a_flat_alpha_has_a_finite_derivative():
    alpha, unknown = np.zeros((1, 32, 32, 1), np.float32), np.ones((1, 32, 32), np.float32)
    loss = MattingLoss(absolute=0.0, gradient=1.0)
    cost, derivative = value_and_gradient(lambda matte: loss(alpha, matte, unknown), keras.ops.zeros_like(alpha))
    assert value(cost) == 0
    assert np.isfinite(keras.ops.convert_to_numpy(derivative)).all()


def test_composition_loss_is_the_mean_difference_of_the_composites_over_unknown_pixels():
    alpha, predicted, unknown = draw()
    foreground, background = draw_layers(alpha)
    composites = [a * foreground + (1 - a) * background for a in (alpha, predicted)]
    expected = np.abs(composites[0] - composites[1])[unknown == 1].mean()
    truth = np.concatenate([alpha, foreground, background], axis=-1)
    loss = MattingLoss(absolute=0.0, composition=1.0)
    assert value(loss(truth, predicted, unknown)) == pytest.approx(float(expected), rel=1e-5)


def test_composition_loss_without_foreground_and_background_is_an_error():
    alpha, predicted, unknown = draw()
    with pytest.raises(ValueError, match=r"needs alpha, foreground and background.*shape \(2, 32, 32, 1\)"):
        MattingLoss(composition=1.0)(alpha, predicted, unknown)


@pytest.mark.backends
def test_all_parts_train_with_fit():
    alpha, predicted, unknown = draw()
    truth = np.concatenate([alpha, *draw_layers(alpha)], axis=-1)
    inputs = keras.Input((32, 32, 1))
    model = keras.Model(inputs, keras.layers.Conv2D(1, 1, kernel_initializer="ones")(inputs))
    loss = MattingLoss(1.0, 1.0, 1.0, 1.0)
    model.compile("sgd", loss, auto_scale_loss=False, jit_compile=keras.backend.backend() == "jax")
    history = model.fit(predicted, truth, sample_weight=unknown, batch_size=2, epochs=5, verbose=0).history["loss"]
    assert history[0] == pytest.approx(value(loss(truth, predicted, unknown)), rel=1e-4)
    assert history[-1] < history[0]


def test_weights_add_up_and_survive_serialization():
    alpha, predicted, unknown = draw()
    truth = np.concatenate([alpha, *draw_layers(alpha)], axis=-1)
    parts = [MattingLoss(0.0, **{name: 1.0}) for name in ("laplacian", "composition", "gradient")]
    together = MattingLoss.from_config(MattingLoss(2.0, 0.5, 3.0, 4.0).get_config())
    values = [value(part(truth, predicted, unknown)) for part in [MattingLoss(), *parts]]
    expected = 2 * values[0] + 0.5 * values[1] + 3 * values[2] + 4 * values[3]
    assert value(together(truth, predicted, unknown)) == pytest.approx(expected, rel=1e-6)
