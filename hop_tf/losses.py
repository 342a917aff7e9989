import keras


@keras.saving.register_keras_serializable(package="hop_tf")
class UnknownMeanAbsoluteError(keras.losses.MeanAbsoluteError):
    """Mean absolute error over the unknown pixels of the whole batch (Section 3.5, Eq. 5).

    Call arguments:
        y_true, y_pred: alpha, `[batch, height, width, 1]` in 0..1.
        sample_weight: `[batch, height, width]`, 1 at unknown pixels, else 0.

    Returns:
        The sum of absolute errors over unknown pixels, divided by the number of these pixels.
    """

    def __init__(self, name="unknown_mean_absolute_error", **kwargs):
        super().__init__(name=name, **{"reduction": "mean_with_sample_weight", **kwargs})
