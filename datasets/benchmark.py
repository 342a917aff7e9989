"""How fast samples are made, and which step takes how much of the time."""

import cProfile
import pstats
import sys
import time
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from hop_tf.datasets.sources import GeneratedBackgrounds, ParallelFolders, PhotoFolder, ProceduralForegrounds

_HEIGHT, _WIDTH = 1080, 1920
_PACKAGE = Path(__file__).parent

#: {(folder of the source, method): step}
_LABELS = {
    ("sources", "__getitem__"): "read a foreground",
    ("procedural", "__getitem__"): "draw a foreground",
    ("procedural", "draw"): "draw a foreground",
    ("sources", "draw"): "read or draw a background",
}


class Result(NamedTuple):
    """What was measured, in CPU seconds.

    Attributes:
        samples_per_second: for one core.
        steps: {name of the step: seconds a sample}, the costliest first.
    """

    samples_per_second: float
    steps: dict


def measure(samples, count):
    """Times ``count`` samples twice: as they are, and under a profiler for the shares of the steps.

    CPU time of the process is measured, not time on the clock, so that other programs disturb little.

    Args:
        samples: MattingSamples.
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
    """Time of the functions of this package that the recipe calls, scaled to a sample of ``seconds``."""
    recipe_file = sys.modules[recipe.__module__].__file__
    total = sum(entry[2] for entry in stats.stats.values())
    steps = {}
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


def write_test_data(folder, count=8):
    """Writes drawn foregrounds of 1920 x 1080 (JPEG) with alphas (PNG) and 640 x 480 photos (JPEG) into ``folder``.

    Returns:
        ParallelFolders and PhotoFolder that decode a file each time it is asked for, as with a data set that is
        larger than memory.
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
        cv2.imwrite(str(folder / "fg" / f"{index}.jpg"), colour[rows, :, ::-1])
        cv2.imwrite(str(folder / "alpha" / f"{index}.png"), np.rint(alpha[rows] * 255).astype(np.uint8))
        cv2.imwrite(str(folder / "photos" / f"{index}.jpg"), texture[:480, :640])
    return ParallelFolders(folder, cache_bytes=0), PhotoFolder(folder / "photos", None, cache_bytes=0)
