import keras
import numpy as np
import pytest

from hop_tf.training.optimizer import ClippedAdam, ReplicaLossScale, global_norm, warmup_cosine

TARGETS = np.float32([[1.0], [-2.0], [30.0], [0.5]])  # the third step's gradient is far longer than the others


def train(optimizer, targets=TARGETS):
    """Fit one dense layer with one sample per step; return its weights after each step, and the inputs."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(optimizer, loss="mse", auto_scale_loss=False)
    inputs = np.random.default_rng(0).standard_normal((len(targets), 3)).astype(np.float32)
    history = []
    for step in range(len(targets)):
        model.train_on_batch(inputs[step : step + 1], targets[step : step + 1])
        history.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    return np.array(history), inputs


def adam_by_hand(inputs, rate=0.1, factor=2.0, momentum=0.999):
    weights, m, v, average, history = np.float64([1, 1, 1, 0]), 0.0, 0.0, 0.0, []
    for step, (x, y) in enumerate(zip(inputs, TARGETS, strict=True), start=1):
        x = np.append(x, 1.0)
        gradient = 2 * (weights @ x - y[0]) * x
        norm = np.linalg.norm(gradient)
        average = average or norm
        gradient = gradient * min(1, factor * average / norm)
        average = momentum * average + (1 - momentum) * norm
        m, v = 0.5 * m + 0.5 * gradient, 0.999 * v + 0.001 * gradient**2
        weights = weights - rate * (m / (1 - 0.5**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-7)
        history.append(weights)
    return np.array(history), average


def test_step_is_that_of_adam_on_a_gradient_clipped_at_twice_the_average_norm():
    optimizer = ClippedAdam(0.1, beta_1=0.5, beta_2=0.999)
    history, inputs = train(optimizer)
    expected, average = adam_by_hand(inputs)
    np.testing.assert_allclose(history, expected, atol=1e-4)
    assert float(optimizer.norm_average) == pytest.approx(average, rel=1e-4)
    unclipped, _ = train(ClippedAdam(0.1, clip_factor=0.0, beta_1=0.5))
    assert np.abs(unclipped - history).max() > 1e-2


def test_scaled_and_unscaled_steps_agree():
    plain, scaled = ClippedAdam(0.1, beta_1=0.5), ClippedAdam(0.1, beta_1=0.5)
    expected, _ = train(plain)
    history, _ = train(ReplicaLossScale(scaled, initial_scale=2.0**12))
    np.testing.assert_allclose(history, expected, atol=1e-5)
    assert float(scaled.norm_average) == pytest.approx(float(plain.norm_average), rel=1e-5)


def test_step_with_a_gradient_that_is_not_finite_changes_nothing_but_the_scale():
    inner = ClippedAdam(0.1)
    optimizer = ReplicaLossScale(inner, initial_scale=2.0**127)  # the loss overflows
    history, _ = train(optimizer, np.float32([[100.0]]))
    np.testing.assert_array_equal(history[0], [1, 1, 1, 0])
    assert float(inner.norm_average) == 0
    assert float(optimizer.dynamic_scale) == 2.0**126


def test_fixed_bound_replaces_the_average():
    history, inputs = train(ClippedAdam(0.1, clip_norm=1e-3, beta_1=0.5))
    expected, _ = train(keras.optimizers.Adam(0.1, beta_1=0.5, global_clipnorm=1e-3))
    np.testing.assert_allclose(history, expected, atol=1e-5)


@pytest.mark.parametrize(
    "options", [{}, {"clip_norm": 1e-3}, {"clip_factor": 0.0}, {"clip_factor": 0.5, "clip_momentum": 0.5}], ids=str
)
@pytest.mark.parametrize("scaled", [False, True], ids=["float32", "loss scale"])
@pytest.mark.parametrize("count", [2, 3])
def test_accumulated_steps_are_plain_steps_with_the_mean_gradient(options, scaled, count):
    rng = np.random.default_rng(0)
    batches = rng.standard_normal((4, count, 3)).astype(np.float32) * np.float32([1, 50, 1, 1]).reshape(4, 1, 1)
    weights, averages = [], []
    for steps in (None, count):
        variable = keras.Variable(np.float32([1, 2, 3]))
        adam = ClippedAdam(0.1, beta_1=0.5, gradient_accumulation_steps=steps, **options)
        optimizer = ReplicaLossScale(adam, initial_scale=2.0**10) if scaled else adam
        optimizer.build([variable])
        for gradient in batches.mean(axis=1) if steps is None else batches.reshape(-1, 3):
            optimizer.apply([keras.ops.convert_to_tensor(gradient) * (2.0**10 if scaled else 1)])
        weights.append(variable.numpy())
        averages.append(float(adam.norm_average))
    np.testing.assert_allclose(*weights, atol=1e-5)
    assert averages[0] == pytest.approx(averages[1], rel=1e-5)


def test_accumulated_steps_with_a_fixed_bound_are_those_of_keras():
    history, _ = train(ClippedAdam(0.1, clip_norm=1e-3, beta_1=0.5, gradient_accumulation_steps=2))
    expected, _ = train(keras.optimizers.Adam(0.1, beta_1=0.5, global_clipnorm=1e-3, gradient_accumulation_steps=2))
    np.testing.assert_allclose(history, expected, atol=1e-5)


def test_weights_average_is_taken_after_the_step():
    optimizer = ClippedAdam(0.1, use_ema=True, ema_momentum=0.9)
    history, _ = train(optimizer)
    expected = history[0]
    for weights in history[1:]:
        expected = 0.9 * expected + 0.1 * weights
    average = [keras.Variable(np.zeros(shape, np.float32)) for shape in ((3, 1), (1,))]
    optimizer.finalize_variable_values(average)
    np.testing.assert_allclose(np.append(average[0].numpy(), average[1].numpy()), expected, atol=1e-5)


def test_learning_rate_warms_up_in_a_line_and_falls_along_a_cosine():
    schedule = warmup_cosine(6.4e-4, 5000, 200_000)
    rates = [float(schedule(step)) for step in (0, 2500, 5000, 102_500, 200_000)]
    np.testing.assert_allclose(rates, [0, 3.2e-4, 6.4e-4, 3.2e-4, 0], atol=1e-9)
    assert float(warmup_cosine(1e-3, 0, 10)(0)) == pytest.approx(1e-3)
    with pytest.raises(ValueError, match="shorter"):
        warmup_cosine(1e-3, 10, 10)


def test_optimizer_survives_serialization():
    optimizer = ClippedAdam(0.1, clip_factor=3.0, clip_momentum=0.9, clip_norm=0.5)
    config = ClippedAdam.from_config(optimizer.get_config()).get_config()
    assert (config["clip_factor"], config["clip_momentum"], config["clip_norm"]) == (3.0, 0.9, 0.5)


def test_global_norm_skips_missing_gradients():
    assert float(global_norm([keras.ops.ones((2, 2)), None, keras.ops.ones(5) * 2])) == pytest.approx(24**0.5)
