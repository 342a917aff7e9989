"""Benchmark of the training samples: samples per second, and the share of each step."""

import cProfile
import pstats
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from hop_tf.datasets.samples import MattingSamples
from hop_tf.datasets.sources import GeneratedBackgrounds, ParallelFolders, PhotoFolder, ProceduralForegrounds
from hop_tf.pictures.eight_bit import to_uint8

_HEIGHT, _WIDTH = 1080, 1920
_JPEG_QUALITY = 95
_PACKAGE = Path(__file__).parent

#: {(folder of the source, method): step}
_LABELS = {
    ("sources", "__getitem__"): "read a foreground",
    ("procedural", "__getitem__"): "draw a foreground",
    ("procedural", "draw"): "draw a foreground",
    ("sources", "draw"): "read or draw a background",
}


class Result(NamedTuple):
    """A measurement in CPU seconds.

    Attributes:
        samples_per_second: samples per second on one core.
        steps: {name of the step: seconds per sample}, slowest first.
    """

    samples_per_second: float
    steps: dict[str, float]


def measure(samples: MattingSamples, count: int) -> Result:
    """Time samples twice: without a profiler for the speed, and with one for the shares of the steps.

    The CPU time of the process is measured, not wall-clock time, so other programs hardly disturb the result.

    Args:
        samples: the samples.
        count: number of samples to time.
    """
    samples.sample(0)  # warms up OpenCV
    start = time.process_time()
    for index in range(1, count + 1):
        samples.sample(index)
    seconds = (time.process_time() - start) / count
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    for index in range(1, count + 1):
        samples.sample(index)
    profile.disable()
    return Result(1 / seconds, _steps(pstats.Stats(profile), type(samples.recipe), seconds))


def _steps(stats, recipe, seconds):
    """Return the time of each function of this package that the recipe calls, scaled to `seconds` per sample."""
    recipe_file = sys.modules[recipe.__module__].__file__
    total = sum(entry[2] for entry in stats.stats.values())
    steps: dict[str, float] = {}
    for (file, _, name), (*_, callers) in stats.stats.items():
        if not Path(file).is_relative_to(_PACKAGE) or file == recipe_file:
            continue
        cumulative = sum(caller[3] for (caller_file, *_), caller in callers.items() if caller_file == recipe_file)
        if cumulative:
            label = _LABELS.get((Path(file).parent.name, name), name.replace("_", " "))
            steps[label] = steps.get(label, 0) + cumulative / total * seconds
    steps = dict(sorted(steps.items(), key=lambda step: -step[1]))
    steps["the rest"] = seconds - sum(steps.values())
    return steps


def write_test_data(folder: str | Path, count: int = 8) -> tuple[ParallelFolders, PhotoFolder]:
    """Write drawn foregrounds of 1920 x 1080 pixels (JPEG) with their alphas (PNG), and photos of 640 x 480 (JPEG).

    Args:
        folder: an existing, empty folder.
        count: number of foregrounds and of photos.

    Returns:
        The foregrounds and the photos. They decode a file on each access, as happens with a data set that does not
        fit in memory.
    """
    folder = Path(folder)
    for name in ("fg", "alpha", "photos"):
        (folder / name).mkdir()
    textures, drawn = GeneratedBackgrounds(_WIDTH), ProceduralForegrounds()
    for index in range(count):
        rng = np.random.default_rng(index)
        texture = textures.draw(rng)
        colour, alpha = drawn.draw(rng, _WIDTH, texture, texture)
        rows = slice((_WIDTH - _HEIGHT) // 2, (_WIDTH + _HEIGHT) // 2)
        Image.fromarray(colour[rows]).save(folder / "fg" / f"{index}.jpg", quality=_JPEG_QUALITY)
        Image.fromarray(to_uint8(alpha[rows])).save(folder / "alpha" / f"{index}.png")
        Image.fromarray(texture[:480, :640]).save(folder / "photos" / f"{index}.jpg", quality=_JPEG_QUALITY)
    return ParallelFolders(folder, cache_bytes=0), PhotoFolder(folder / "photos", None, cache_bytes=0)
