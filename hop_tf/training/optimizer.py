"""The optimizer of the paper: Adam, a warm-up and cosine learning rate, gradients clipped at their usual norm."""

from collections.abc import Iterable, Sequence

import keras
from keras import ops

from hop_tf.training.distribution import number_of_replicas, sum_over_replicas


def warmup_cosine(
    learning_rate: float, warmup_steps: int, steps: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a learning rate that rises linearly from 0, then falls to 0 along half a cosine.

    Args:
        learning_rate: the highest rate, reached after `warmup_steps`.
        warmup_steps: length of the warm-up, at least 0.
        steps: length of the training, more than `warmup_steps`.

    Raises:
        ValueError: if the warm-up is not shorter than the training.
    """
    if not 0 <= warmup_steps < steps:
        raise ValueError(f"The warm-up must be shorter than the training. Received: {warmup_steps} of {steps} steps")
    if not warmup_steps:
        return keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    return keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup_steps, warmup_target=learning_rate, warmup_steps=warmup_steps
    )


@keras.saving.register_keras_serializable(package="hop_tf")
class ClippedAdam(keras.optimizers.Adam):
    """Adam that clips the L2 norm of the gradient of all weights.

    The bound is `clip_factor` times the moving average of the norms of earlier steps; the first step is not clipped.
    The average is updated with each norm before clipping and is saved with the optimizer's other variables. If the
    batch is split over devices, the norm is that of the sum of their gradients, whereas Keras' `global_clipnorm` clips
    each device's share. With `gradient_accumulation_steps` the norm is that of the mean gradient of the accumulated
    batches, once per update, as with Keras' own clipping. Under `LossScaleOptimizer` the gradient is unscaled, and a
    step that is skipped because its gradient is not finite leaves the average unchanged.

    Args:
        learning_rate: float or schedule.
        clip_factor: 2 in the released configuration; 0 turns clipping off.
        clip_momentum: momentum of the moving average, 0.999 in the released configuration.
        clip_norm: fixed bound to use instead; 0 for none.
        **kwargs: as in `keras.optimizers.Adam`.
    """

    def __init__(
        self,
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 1e-3,
        clip_factor: float = 2.0,
        clip_momentum: float = 0.999,
        clip_norm: float = 0.0,
        **kwargs,
    ):
        super().__init__(learning_rate, **kwargs)
        self.clip_factor = clip_factor
        self.clip_momentum = clip_momentum
        self.clip_norm = clip_norm

    def build(self, var_list: list) -> None:
        if self.built:
            return
        super().build(var_list)
        self.norm_average = self.add_variable((), name="gradient_norm_average", dtype="float32")

    def _clip_gradients(self, grads: list) -> list:
        # Keras calls this for each update: with gradient accumulation, on the mean gradient of all its micro-batches.
        grads = sum_over_replicas(grads)
        norm = global_norm(grads)
        average = ops.convert_to_tensor(self.norm_average)
        average = ops.where(average > 0, average, norm)
        self.norm_average.assign(self.clip_momentum * average + (1 - self.clip_momentum) * norm)

        bound = self.clip_norm or self.clip_factor * average
        factor = ops.minimum(1.0, bound / ops.maximum(norm, 1e-12)) if self.clip_norm or self.clip_factor else 1.0
        factor = factor / number_of_replicas()  # Keras sums over the replicas again
        return [None if g is None else g * ops.cast(factor, g.dtype) for g in grads]

    @property
    def weights_average(self) -> Sequence:
        """The moving averages of the weights in the order of `build`, if `use_ema` is set."""
        return self._model_variables_moving_average

    def get_config(self) -> dict:
        clipping = {name: getattr(self, name) for name in ("clip_factor", "clip_momentum", "clip_norm")}
        return {**super().get_config(), **clipping}


@keras.saving.register_keras_serializable(package="hop_tf")
class ReplicaLossScale(keras.optimizers.LossScaleOptimizer):
    """`LossScaleOptimizer` that skips a step on all devices together.

    Keras' own tests only the first device's gradient, before the gradients are summed.
    """

    def apply(self, grads: list, trainable_variables: list | None = None) -> None:
        replicas = number_of_replicas()
        if replicas > 1:
            grads = [None if g is None else g / replicas for g in sum_over_replicas(grads)]
        super().apply(grads, trainable_variables)


def global_norm(tensors: Iterable) -> keras.KerasTensor:
    """Return the L2 norm, float32, over all elements of some tensors; `None` is skipped."""
    squares = [ops.sum(ops.square(ops.cast(tensor, "float32"))) for tensor in tensors if tensor is not None]
    return ops.sqrt(sum(squares))
