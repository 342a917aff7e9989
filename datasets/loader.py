"""Batches of training samples for Keras."""

from pathlib import Path

import cv2
import numpy as np
from keras.utils import PyDataset

from datasets.recipe import Recipe
from datasets.sources import CutoutFolder, GeneratedBackgrounds, PhotoFolder, ProceduralForegrounds


class MattingDataset(PyDataset):
    """Endless variety of matting samples, reproducible to the pixel.

    Sample ``index`` of epoch ``epoch`` under ``seed`` depends on these three numbers and the files alone, not on the
    number of workers or the order in which batches are asked for.

    Args:
        foregrounds: CutoutFolder, the path of a folder of RGBA images, or None for drawn foregrounds only.
        backgrounds: PhotoFolder, the path of a folder of photos, or None for generated textures.
        crop_size: side of a sample in pixels.
        batch_size: samples a batch.
        steps_per_epoch: batches an epoch.
        seed: which endless sequence of samples.
        epoch: the epoch to start with, for training that is resumed.
        recipe: Recipe; the usual one when None.
        drawn: ProceduralForegrounds; every kind when None.
        workers, **kwargs: as in keras.utils.PyDataset.
    """

    def __init__(
        self,
        foregrounds=None,
        backgrounds=None,
        crop_size=192,
        batch_size=8,
        steps_per_epoch=1000,
        seed=0,
        epoch=0,
        recipe=None,
        drawn=None,
        workers=1,
        **kwargs,
    ):
        super().__init__(workers=workers, **kwargs)
        self.cutouts = CutoutFolder(foregrounds) if isinstance(foregrounds, (str, Path)) else foregrounds
        self.photos = PhotoFolder(backgrounds) if isinstance(backgrounds, (str, Path)) else backgrounds
        if self.photos is None:
            self.photos = GeneratedBackgrounds()
        self.crop_size = crop_size
        self.batch_size = batch_size
        self.steps_per_epoch = steps_per_epoch
        self.seed = seed
        self.epoch = epoch
        self.recipe = Recipe() if recipe is None else recipe
        self.drawn = ProceduralForegrounds() if drawn is None else drawn

    def __len__(self):
        return self.steps_per_epoch

    def __getitem__(self, step):
        """Batch ``step`` of the current epoch.

        Returns:
            ({"image": uint8 [B, S, S, 3] RGB, "trimap": uint8 [B, S, S, 1] of 0, 128 and 255},
            alpha float32 [B, S, S, 1] in 0..1, weight float32 [B, S, S]: 1 where unknown, else 0).
        """
        epoch = self.epoch
        first = step * self.batch_size
        samples = [self.sample(index, epoch) for index in range(first, first + self.batch_size)]
        image, trimap, alpha = (np.stack(parts) for parts in zip(*samples, strict=True))
        inputs = {"image": image, "trimap": trimap[..., None]}
        return inputs, alpha[..., None], (trimap == 128).astype(np.float32)

    def sample(self, index, epoch=0):
        """Sample ``index`` of ``epoch``: image uint8 [S, S, 3], trimap uint8 [S, S], alpha float32 [S, S]."""
        cv2.setNumThreads(1)
        rng = np.random.default_rng([self.seed, epoch, index])
        return self.recipe.draw(rng, self.crop_size, self.cutouts, self.drawn, self.photos)

    def on_epoch_end(self):
        """Moves on to the next epoch's samples."""
        self.epoch += 1
