"""Training samples by number, reproducible to the pixel."""

from pathlib import Path

import cv2
import numpy as np

from hop_tf.datasets.bad_files import Skips
from hop_tf.datasets.recipes import make_recipe
from hop_tf.datasets.sources import GeneratedBackgrounds, PhotoFolder, ProceduralForegrounds, open_foregrounds
from hop_tf.datasets.sources.files import BadImage


class MattingSamples:
    """An endless sequence of samples for each seed and epoch.

    A file that cannot be used is passed over: another sample is drawn, the same in every run. ``skips`` counts how
    often; more than a tenth of bad files is an error that names them.

    Args:
        foregrounds: Foregrounds, the path of a folder of them, or None for drawn foregrounds only.
        backgrounds: PhotoFolder, the path of a folder of photos, or None for generated textures.
        crop_size: side of a sample in pixels.
        seed: which endless sequence of samples.
        recipe: "open", "paper", or what make_recipe returns; "open" when None.
        drawn: ProceduralForegrounds; every kind when None.
        layout: of the folder of foregrounds, as in open_foregrounds.
        layers: whether a sample also carries the foreground and the background it was composited from.
    """

    def __init__(
        self,
        foregrounds=None,
        backgrounds=None,
        crop_size=192,
        seed=0,
        recipe=None,
        drawn=None,
        layout="auto",
        layers=False,
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
        # A worker process that is forked off while OpenCV has threads may hang; the workers do in their place.
        cv2.setNumThreads(1)

    def sample(self, index, epoch=0):
        """Sample ``index`` of ``epoch``.

        Returns:
            Image uint8 RGB [S, S, 3], trimap uint8 [S, S] of 0, 128 and 255, alpha float32 [S, S] in 0..1; with
            ``layers`` also foreground and background, uint8 RGB [S, S, 3].
        """
        cv2.setNumThreads(1)
        key = [self.seed, epoch, index]
        attempt = 0
        while True:
            try:
                rng = np.random.default_rng(key)
                parts = self.recipe.draw(rng, self.crop_size, self.foregrounds, self.drawn, self.backgrounds)
                return parts if self.layers else parts[:3]
            except BadImage as error:
                self.skips.add(error)
            attempt += 1
            key = [self.seed, epoch, index, attempt]
