"""Numbered training samples, reproducible to the pixel."""

from pathlib import Path

import cv2
import numpy as np

from hop_tf.datasets.bad_files import Skips
from hop_tf.datasets.recipes import PaperRecipe, Recipe, make_recipe
from hop_tf.datasets.sources import (
    Foregrounds,
    GeneratedBackgrounds,
    PhotoFolder,
    ProceduralForegrounds,
    open_foregrounds,
)
from hop_tf.pictures.image_error import ImageError


class MattingSamples:
    """An endless sequence of samples for each seed and epoch.

    If a file cannot be used, another sample is drawn instead, the same one in every run. `skips` counts these cases.
    If more than a tenth of the files are bad, an error names them.

    Args:
        foregrounds: a source of foregrounds, the path of a folder of them, or `None` for drawn foregrounds only.
        backgrounds: a source of photos, the path of a folder of them, or `None` for generated textures.
        crop_size: side of a sample in pixels.
        seed: number of the sequence.
        recipe: `"open"`, `"paper"`, or a recipe that `make_recipe` returns. `None` means `"open"`.
        drawn: source of drawn foregrounds. `None` draws every kind.
        layout: layout of the folder of foregrounds, as in `open_foregrounds`.
        layers: whether a sample also contains the foreground and the background that it was composited from.
    """

    def __init__(
        self,
        foregrounds: Foregrounds | str | Path | None = None,
        backgrounds: PhotoFolder | GeneratedBackgrounds | str | Path | None = None,
        crop_size: int = 192,
        seed: int = 0,
        recipe: Recipe | PaperRecipe | str | None = None,
        drawn: ProceduralForegrounds | None = None,
        layout: str = "auto",
        layers: bool = False,
    ):
        self.recipe = make_recipe(recipe or "open") if recipe is None or isinstance(recipe, str) else recipe
        if isinstance(foregrounds, (str, Path)):
            foregrounds = open_foregrounds(foregrounds, layout, self.recipe.max_side)
        if isinstance(backgrounds, (str, Path)):
            backgrounds = PhotoFolder(backgrounds, self.recipe.max_side)
        self.foregrounds = foregrounds
        self.backgrounds = GeneratedBackgrounds() if backgrounds is None else backgrounds
        self.drawn = ProceduralForegrounds() if drawn is None else drawn
        self.crop_size = crop_size
        self.seed = seed
        self.layers = layers
        self.skips = Skips([source.paths for source in (self.foregrounds, self.backgrounds) if source is not None])
        # A worker process may hang if it is forked while OpenCV has threads; the workers provide the parallelism.
        cv2.setNumThreads(1)

    def sample(self, index: int, epoch: int = 0) -> tuple[np.ndarray, ...]:
        """Return sample `index` of `epoch`.

        Returns:
            Image uint8 `[size, size, 3]`, RGB; trimap uint8 `[size, size]` with the levels 0, 128 and 255; alpha
            float32 `[size, size]` in 0..1. With `layers` also foreground and background, uint8 `[size, size, 3]`, RGB.
        """
        cv2.setNumThreads(1)
        key = [self.seed, epoch, index]
        attempt = 0
        while True:
            try:
                rng = np.random.default_rng(key)
                parts = self.recipe.draw(rng, self.crop_size, self.foregrounds, self.drawn, self.backgrounds)
                return parts if self.layers else parts[:3]
            except ImageError as error:
                self.skips.add(error)
            attempt += 1
            key = [self.seed, epoch, index, attempt]
