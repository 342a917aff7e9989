"""Tiny trainings in processes of their own, and readers of their output."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import cv2
import h5py
import numpy as np

SCRIPT = Path(__file__).parent / "tiny_training.py"


def start(config, output, *settings, **environment):
    """Start `tiny_training.py`; `settings` are `TABLE.KEY=VALUE`, `environment` is variables to set."""
    arguments = [part for setting in settings for part in ("--set", setting)]
    return subprocess.Popen(
        [sys.executable, SCRIPT, config, "-o", output, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(config, output, *settings, **environment):
    """Run `tiny_training.py` to the end and return its output."""
    process = start(config, output, *settings, **environment)
    printed, _ = process.communicate(timeout=600)
    assert process.returncode == 0, printed
    return printed


def losses(output):
    """Return the column `loss` of the log by step."""
    with (Path(output) / "log.csv").open(newline="") as file:
        return {int(row["step"]): float(row["loss"]) for row in csv.DictReader(file)}


def arrays(path):
    """Return all arrays of a weights file by name."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def assert_same_arrays(path, other, **tolerance):
    ours, theirs = arrays(path), arrays(other)
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs[name], err_msg=name, **tolerance)


def draw_pictures(folder):
    """Draw two validation pictures of different size, discs over noise, in the folders image, trimap and alpha."""
    rng = np.random.default_rng(0)
    for part in ("image", "trimap", "alpha"):
        (folder / part).mkdir(parents=True)
    for name, (height, width) in {"a": (50, 70), "b": (64, 40)}.items():
        alpha = cv2.circle(np.zeros((height, width), np.uint8), (width // 2, height // 2), 12, 255, -1)
        trimap = np.where(cv2.dilate(alpha, np.ones((9, 9))) != cv2.erode(alpha, np.ones((9, 9))), 128, alpha)
        cv2.imwrite(str(folder / "image" / f"{name}.png"), rng.integers(0, 256, (height, width, 3), np.uint8))
        cv2.imwrite(str(folder / "trimap" / f"{name}.png"), trimap.astype(np.uint8))
        cv2.imwrite(str(folder / "alpha" / f"{name}.png"), alpha)
