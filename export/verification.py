"""The comparison of an exported network with Keras."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hop_tf.evaluation.reading import Sample
from hop_tf.evaluation.scoring import mean_scores, score_predictor
from hop_tf.export.errors import VerificationError
from hop_tf.export.formats import writer
from hop_tf.export.formats.onnx_bfloat16 import rounded_to_bfloat16
from hop_tf.export.job import Job
from hop_tf.export.samples import as_inputs, example_photo
from hop_tf.inference.formats import EXPORT_FORMATS
from hop_tf.inference.runtimes.network import Network
from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN

#: Precision -> bounds of the largest and the mean absolute difference of alpha from Keras in float32.
TOLERANCES = {"float32": (1e-4, 1e-4), "float16": (2e-2, 2e-3), "bfloat16": (1e-1, 5e-3)}

#: The same bounds for a network that computes in float32 with kernels rounded to float16.
STORED_IN_FLOAT16 = (1e-2, 5e-4)

#: Bound of the mean SAD of an int8 network, as a multiple of that of Keras.
SAD_FACTOR = 1.05

#: Sizes at which a network for photos of any size is compared.
SIZES = ((75, 130), (160, 96))

#: A network as a function from `image`, `[batch, height, width, 3]`, and `trimap`, `[batch, height, width, 1]`.
Run = Callable[..., np.ndarray]


class Comparison(NamedTuple):
    """The fields of `hop_tf.export.exporter.Exported` that tell how a file compares with Keras."""

    compared: str
    difference: tuple[float, float]
    sad: tuple[float, float] | None = None


def compare_with_keras(
    job: Job, format: str, path: Path, source: Path | None, pictures: Sequence[Sample]
) -> Comparison:
    """Compare an exported file with Keras.

    For an engine that cannot run here, its source, the ONNX file, is compared instead.

    Args:
        job: how the file was exported.
        format: its format.
        path: the file or folder.
        source: the file it was made from, if any.
        pictures: pictures whose mean SAD decides whether an int8 network is accepted.

    Raises:
        VerificationError: if the network does not match Keras.
    """
    spec = EXPORT_FORMATS[format]
    if source is None or spec.cpu or writer(format).runs_here(path):
        compared, run = format, _load(format, path)
    else:
        compared, run = spec.source, _load_source(job, spec.source, source)
    pairs = [
        difference_to_keras(run, job.run_reference, shape, job.input_dtype) for shape in _shapes(job, compared, path)
    ]
    largest, mean = (max(values) for values in zip(*pairs, strict=True))
    if tolerance := _tolerance(job, compared):
        if not (largest <= tolerance[0] and mean <= tolerance[1]):  # NaN is no success
            raise VerificationError(
                "alpha differs from Keras by {:.1e}, mean {:.1e}, over {:.0e}, mean {:.0e}; not kept; "
                "--no-verify keeps it".format(largest, mean, *tolerance)
            )
        return Comparison(compared, (largest, mean))
    if source is not None and spec.source == "onnx":  # an engine may not take pictures of these sizes
        run = _load("onnx", source)
    sads = mean_sad(run, pictures, job.input_dtype, job.batch), mean_sad(job.run_reference, pictures)
    if not sads[0] <= SAD_FACTOR * sads[1]:
        raise VerificationError(
            f"mean SAD is {sads[0]:.2f} in {job.precision} and {sads[1]:.2f} in Keras, over {SAD_FACTOR:.2f} times as "
            "much; not kept; --no-verify keeps it"
        )
    return Comparison(compared, (largest, mean), sads)


def difference_to_keras(
    run: Run, run_reference: Run, shape: tuple[int, int, int], dtype: str = "float32"
) -> tuple[float, float]:
    """Return the largest and the mean absolute difference of alpha from Keras, on noise and on a photo.

    Args:
        run: the exported network.
        run_reference: Keras, with float32 inputs.
        shape: (batch, height, width) to run at.
        dtype: type of the exported network's inputs.

    Raises:
        VerificationError: if alpha differs in a known pixel, where it must equal the trimap in every precision.
    """
    batch, height, width = shape
    differences = []
    for photo, trimap in (_noise(height, width), example_photo((height, width))):
        expected = run_reference(**as_inputs(photo, trimap, batch=batch))
        difference = np.abs(run(**as_inputs(photo, trimap, dtype, batch)) - expected)
        differences.append(difference)
        if (wrong := difference[:, trimap != UNKNOWN].max(initial=0)) > 0:
            raise VerificationError(
                f"alpha differs by up to {wrong:.1e} in known pixels, where it must equal the trimap; not kept; "
                "--no-verify keeps it"
            )
    return float(np.max(differences)), float(np.mean(differences))


def mean_sad(run: Run, pictures: Sequence[Sample], dtype: str = "float32", batch: int = 1) -> float:
    """Return the mean SAD of pictures, in thousands of pixels, as `hop_tf.evaluation.metrics.sad` computes it.

    Args:
        run: the network.
        pictures: pictures with unknown pixels.
        dtype: type of the network's inputs.
        batch: pictures that the network takes at a time.
    """

    def predict(photo, trimap):
        return run(**as_inputs(photo, trimap, dtype, batch))[0, ..., 0]

    return mean_scores(result.scores for result in score_predictor(predict, pictures, ["SAD"]))["SAD"]


def _load(format: str, path: Path) -> Network:
    """Load a file. ONNX Runtime runs it on the CPU, so the check does not depend on the machine's GPU."""
    return EXPORT_FORMATS[format].load(path, "cpu" if format == "onnx" else None)


def _load_source(job: Job, format: str, path: Path) -> Network:
    """Load the file that an engine was built from; for bfloat16, a float32 graph that rounds where that file does."""
    if job.precision != "bfloat16":
        return _load(format, path)
    import onnx

    rounded = path.with_stem(f"{path.stem}_rounded")
    onnx.save(rounded_to_bfloat16(onnx.load(path)), rounded)
    return _load(format, rounded)


def _shapes(job: Job, format: str, path: Path) -> list[tuple[int, int, int]]:
    """Return the shapes (batch, height, width) to compare at."""
    if not EXPORT_FORMATS[format].cpu:  # an engine takes the shapes of its profile
        return writer(format).shapes(path)
    return [(job.batch, *job.size)] if job.size else [(2, *size) for size in SIZES]


def _tolerance(job: Job, format: str) -> tuple[float, float] | None:
    """Return bounds of the difference; `None` for int8, which the SAD decides on."""
    if job.store == "float16":
        return STORED_IN_FLOAT16
    has_tf32 = job.engine is not None and job.engine.tf32 and not EXPORT_FORMATS[format].cpu
    return TOLERANCES.get("float16" if has_tf32 and job.precision == "float32" else job.precision)


def _noise(height, width):
    """Return noise as a photo, with a trimap of random blocks of 16 pixels."""
    rng = np.random.default_rng(0)
    levels = rng.choice([BACKGROUND, UNKNOWN, FOREGROUND], (-(-height // 16), -(-width // 16)))
    trimap = levels.repeat(16, axis=0).repeat(16, axis=1)
    return rng.integers(0, 256, (height, width, 3)), trimap[:height, :width]
