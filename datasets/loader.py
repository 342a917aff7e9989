"""Batches of training samples for Keras."""

from pathlib import Path

import numpy as np
from keras.callbacks import Callback
from keras.utils import PyDataset

from hop_tf.datasets.recipes import PaperRecipe, Recipe
from hop_tf.datasets.samples import MattingSamples
from hop_tf.datasets.sources import Foregrounds, GeneratedBackgrounds, PhotoFolder, ProceduralForegrounds
from hop_tf.pictures.trimap import UNKNOWN

Batch = tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]


class MattingDataset(PyDataset):
    """Endless matting samples, reproducible to the pixel.

    Sample `index` of epoch `epoch` under `seed` depends only on these three numbers and the files: not on the number
    of workers, on whether they are threads or processes, or on the order in which batches are requested.

    To see the samples in the same order in every run, call `model.fit` with `shuffle=False` (by default it shuffles
    the batches with Python's unseeded generator) and the callback `FollowEpoch`.

    Attributes:
        part: tuple (index, count). Set it if several processes share a batch: this process makes part `index` of
            `count` equal parts. Initially (0, 1), the whole batch.

    Args:
        foregrounds, backgrounds, crop_size, seed, recipe, drawn, layout, layers: as in `MattingSamples`.
        batch_size: samples in a batch.
        steps_per_epoch: batches in an epoch.
        epoch: first epoch, for training that resumes.
        workers, **kwargs: as in `keras.utils.PyDataset`. With `use_multiprocessing=True` the workers are processes.
    """

    def __init__(
        self,
        foregrounds: Foregrounds | str | Path | None = None,
        backgrounds: PhotoFolder | GeneratedBackgrounds | str | Path | None = None,
        crop_size: int = 192,
        batch_size: int = 8,
        steps_per_epoch: int = 1000,
        seed: int = 0,
        epoch: int = 0,
        recipe: Recipe | PaperRecipe | str | None = None,
        drawn: ProceduralForegrounds | None = None,
        workers: int = 1,
        layout: str = "auto",
        layers: bool = False,
        **kwargs,
    ):
        super().__init__(workers=workers, **kwargs)
        self.samples = MattingSamples(foregrounds, backgrounds, crop_size, seed, recipe, drawn, layout, layers)
        self.batch_size = batch_size
        self.steps_per_epoch = steps_per_epoch
        self.epoch = epoch
        self.part = 0, 1

    @property
    def skipped(self) -> int:
        """How often a sample was redrawn because of a bad file, over all workers."""
        return self.samples.skips.count

    def __len__(self) -> int:
        return self.steps_per_epoch

    def __getitem__(self, step: int) -> Batch:
        """Return batch `step` of the current epoch.

        Returns:
            Tuple of inputs, target and weight. The inputs are `"image"`, uint8 `[batch, size, size, 3]`, RGB, and
            `"trimap"`, uint8 `[batch, size, size, 1]` with the levels 0, 128 and 255. The target is alpha, float32
            `[batch, size, size, 1]` in 0..1; with `layers` the foreground and the background, RGB in 0..1, follow it:
            `[batch, size, size, 7]`. The weight, float32 `[batch, size, size]`, is 1 where alpha is unknown, else 0.
        """
        epoch = self.epoch
        part, count = self.part
        rows = self.batch_size // count
        first = step * self.batch_size + part * rows
        samples = [self.sample(index, epoch) for index in range(first, first + rows)]
        image, trimap, alpha, *layers = (np.stack(parts) for parts in zip(*samples, strict=True))
        inputs = {"image": image, "trimap": trimap[..., None]}
        target = np.concatenate([alpha[..., None], *(layer / np.float32(255) for layer in layers)], axis=-1)
        return inputs, target, (trimap == UNKNOWN).astype(np.float32)

    def sample(self, index: int, epoch: int = 0) -> tuple[np.ndarray, ...]:
        """Return sample `index` of `epoch`, as `MattingSamples.sample` does."""
        return self.samples.sample(index, epoch)

    def on_epoch_end(self) -> None:
        """Continue with the samples of the next epoch."""
        self.epoch += 1


class FollowEpoch(Callback):
    """Keep a dataset at the epoch of `model.fit`.

    Before the first epoch, `model.fit` may take a batch to learn its shape and end that epoch, which would put the
    dataset one epoch ahead. With JAX, call `model.test_on_batch(*dataset[0])` first; otherwise `model.fit` takes a
    batch to learn its shape and leaves others in the queue of the workers.

    Args:
        dataset: the dataset that `model.fit` is given.
    """

    def __init__(self, dataset: MattingDataset):
        super().__init__()
        self.dataset = dataset

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.dataset.epoch = epoch
