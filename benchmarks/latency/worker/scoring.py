"""The accuracy of the network that is loaded in this process."""

from typing import Any

import numpy as np

from hop_tf.benchmarks.latency.rows import Row, Settings
from hop_tf.benchmarks.latency.worker import running
from hop_tf.errors import UserError
from hop_tf.evaluation.scoring import mean_scores, score_predictor
from hop_tf.inference.runtimes.devices import processors

MEASURES = ("SAD", "MSE", "Grad")


def score(row: Row, settings: Settings) -> dict[str, Any]:
    """Return the differences from Keras in float32 over all pictures, and on a test set "sad", "mse" and "grad".

    A reference leaves its alphas in the work folder for the other rows.

    Raises:
        UserError: if an alpha has another shape than that of Keras or is not finite.
    """

    def predict(photo: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        batch = (np.repeat(x[None], row.batch, axis=0) for x in (photo, trimap[..., None]))
        alphas.append(np.float32(running._timed.predict(*batch))[:1])
        if not np.isfinite(alphas[-1]).all():
            raise UserError("its alpha is not finite")
        return alphas[-1][0, ..., 0]

    pictures, alphas = np.load(settings.pictures), []
    kinds = [pictures[kind] for kind in ("photos", "trimaps", "alphas")]
    columns: dict[str, Any] = {}
    if settings.accuracy:
        tasks = zip(map(str, range(len(kinds[0]))), *kinds, strict=True)
        scores = mean_scores(x.scores for x in score_predictor(predict, tasks, MEASURES, processors()))
        columns = {name.lower(): round(value, 5) for name, value in scores.items()}
    else:
        for photo, trimap in zip(*kinds[:2], strict=True):
            predict(photo, trimap)
    found, reference = np.concatenate(alphas), settings.work / f"{row.network}_{row.size[0]}x{row.size[1]}.npy"
    if row.is_reference:
        np.save(reference, found)
    elif reference.exists():
        columns |= difference(found, np.load(reference))
    return columns


def difference(alpha: np.ndarray, reference: np.ndarray) -> dict[str, Any]:
    """Return mean, 99.9th percentile and maximum of the differences of two stacks of alphas.

    Raises:
        UserError: if their shapes differ.
    """
    if alpha.shape != reference.shape:
        raise UserError(f"its alpha has the shape {alpha.shape[1:]}, that of Keras {reference.shape[1:]}")
    error = np.abs(alpha - reference)
    found = {"mean": error.mean(dtype=np.float64), "p999": np.quantile(error, 0.999), "max": error.max()}
    return {f"difference_{name}": float(f"{value:.3g}") for name, value in found.items()}
