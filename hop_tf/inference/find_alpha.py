"""Prediction with errors that name the photo, for commands and the demo page."""

from hop_tf.errors import UserError


def find_alpha(predictor, photo_path, photo, trimap):
    """Return the float32 alpha `[height, width]` of a photo; errors name the photo."""
    try:
        return predictor.predict(photo, trimap)
    except FloatingPointError as error:
        raise UserError(f"{photo_path}: no alpha found; the weights are untrained or damaged") from error
    except Exception as error:
        # What TensorFlow and JAX say; their exceptions have no common class.
        if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error) or "OOM" in str(error):
            height, width = trimap.shape
            raise UserError(
                f"{photo_path}: not enough memory for {width} x {height} pixels; use --tile with a smaller number"
            ) from error
        raise
