"""The optimizer of the paper: Adam, a learning rate that warms up and falls, gradients clipped by their usual norm."""

import keras
from keras import ops

from hop_tf.training.distribution import number_of_replicas, sum_over_replicas


def warmup_cosine(learning_rate, warmup_steps, steps):
    """Learning rate that rises from 0 in a line, then falls to 0 along half a cosine.

    Args:
        learning_rate: float, reached after `warmup_steps`.
        warmup_steps: int, may be 0.
        steps: int, length of the training; more than `warmup_steps`.

    Returns:
        `keras.optimizers.schedules.LearningRateSchedule`.
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
    """Adam that first scales the gradient of all weights down to a bound on its L2 norm.

    The bound is `clip_factor` times the moving average of the norms before this step; the first step, when there is
    none yet, is not clipped. The average takes in the norm as it was before clipping and is one of the optimizer's
    variables, so that it is saved with them. Where the batch is split over devices, the norm is that of the sum of
    their gradients. Under `LossScaleOptimizer` both see the unscaled gradient, and a step that is skipped for a
    gradient that is not finite leaves the average as it was.

    Args:
        learning_rate: float or schedule.
        clip_factor: float, 2 in the released configuration; 0 does not clip.
        clip_momentum: float, of the moving average, 0.999 in the released configuration.
        clip_norm: float, a fixed bound instead; 0 for none.
        **kwargs: as in `keras.optimizers.Adam`.
    """

    def __init__(self, learning_rate=1e-3, clip_factor=2.0, clip_momentum=0.999, clip_norm=0.0, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.clip_factor = clip_factor
        self.clip_momentum = clip_momentum
        self.clip_norm = clip_norm

    def build(self, var_list):
        if self.built:
            return
        super().build(var_list)
        self.norm_average = self.add_variable((), name="gradient_norm_average", dtype="float32")

    def apply(self, grads, trainable_variables=None):
        if not self.built:
            self.build(list(trainable_variables))
        grads = sum_over_replicas(grads)
        norm = global_norm(grads)
        average = ops.convert_to_tensor(self.norm_average)
        average = ops.where(average > 0, average, norm)
        self.norm_average.assign(self.clip_momentum * average + (1 - self.clip_momentum) * norm)

        bound = self.clip_norm or self.clip_factor * average
        factor = ops.minimum(1.0, bound / ops.maximum(norm, 1e-12)) if self.clip_norm or self.clip_factor else 1.0
        factor = factor / number_of_replicas()  # Keras sums over the replicas once more
        super().apply([None if g is None else g * ops.cast(factor, g.dtype) for g in grads], trainable_variables)

    @property
    def weights_average(self):
        """The moving averages of the weights, in the order of `build`; there are some if `use_ema` is set."""
        return self._model_variables_moving_average

    def get_config(self):
        clipping = {name: getattr(self, name) for name in ("clip_factor", "clip_momentum", "clip_norm")}
        return {**super().get_config(), **clipping}


@keras.saving.register_keras_serializable(package="hop_tf")
class ReplicaLossScale(keras.optimizers.LossScaleOptimizer):
    """`LossScaleOptimizer` in which all devices skip a step together.

    Keras' own asks the first device alone whether the gradient is finite, before the gradients are summed.
    """

    def apply(self, grads, trainable_variables=None):
        replicas = number_of_replicas()
        if replicas > 1:
            grads = [None if g is None else g / replicas for g in sum_over_replicas(grads)]
        super().apply(grads, trainable_variables)


def global_norm(tensors):
    """L2 norm, float32, over all elements of a list of tensors; None among them is passed over."""
    squares = [ops.sum(ops.square(ops.cast(tensor, "float32"))) for tensor in tensors if tensor is not None]
    return ops.sqrt(sum(squares))
