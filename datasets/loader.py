"""Batches of training samples for Keras."""

import numpy as np
from keras.callbacks import Callback
from keras.utils import PyDataset

from hop_tf.datasets.samples import MattingSamples


class MattingDataset(PyDataset):
    """Endless variety of matting samples, reproducible to the pixel.

    Sample ``index`` of epoch ``epoch`` under ``seed`` depends on these three numbers and the files alone, not on the
    number of workers, on whether these are threads or processes, or on the order in which batches are asked for.

    For the same order of samples in each run of ``model.fit``, give it ``shuffle=False`` (its default draws the order
    of the batches from Python's unseeded generator) and the callback FollowEpoch.

    Attributes:
        part: (index, count), set it where several processes share a batch: which of its ``count`` equal parts this one
            makes. (0, 1), all of it, at first.

    Args:
        foregrounds, backgrounds, crop_size, seed, recipe, drawn, layout, layers: as in MattingSamples.
        batch_size: samples a batch.
        steps_per_epoch: batches an epoch.
        epoch: the epoch to start with, for training that is resumed.
        workers, **kwargs: as in keras.utils.PyDataset; ``use_multiprocessing=True`` makes the workers processes.
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
        layout="auto",
        layers=False,
        **kwargs,
    ):
        super().__init__(workers=workers, **kwargs)
        self.samples = MattingSamples(foregrounds, backgrounds, crop_size, seed, recipe, drawn, layout, layers)
        self.batch_size = batch_size
        self.steps_per_epoch = steps_per_epoch
        self.epoch = epoch
        self.part = 0, 1

    @property
    def skipped(self):
        """How often a sample was drawn anew because a file could not be used, over all workers."""
        return self.samples.skips.count

    def __len__(self):
        return self.steps_per_epoch

    def __getitem__(self, step):
        """Batch ``step`` of the current epoch.

        Returns:
            ({"image": uint8 [B, S, S, 3] RGB, "trimap": uint8 [B, S, S, 1] of 0, 128 and 255},
            alpha float32 [B, S, S, 1] in 0..1, weight float32 [B, S, S]: 1 where unknown, else 0).
            With ``layers``, foreground and background, RGB in 0..1, follow the alpha: float32 [B, S, S, 7].
        """
        epoch = self.epoch
        part, count = self.part
        rows = self.batch_size // count
        first = step * self.batch_size + part * rows
        samples = [self.sample(index, epoch) for index in range(first, first + rows)]
        image, trimap, alpha, *layers = (np.stack(parts) for parts in zip(*samples, strict=True))
        inputs = {"image": image, "trimap": trimap[..., None]}
        truth = np.concatenate([alpha[..., None], *(layer / np.float32(255) for layer in layers)], axis=-1)
        return inputs, truth, (trimap == 128).astype(np.float32)

    def sample(self, index, epoch=0):
        """Sample ``index`` of ``epoch``, as MattingSamples.sample returns it."""
        return self.samples.sample(index, epoch)

    def on_epoch_end(self):
        """Moves on to the next epoch's samples."""
        self.epoch += 1


class FollowEpoch(Callback):
    """Makes a dataset serve the epoch that ``model.fit`` is in.

    Before the first epoch, ``model.fit`` may take a batch to learn its shape and end that epoch, so that a dataset
    which counts the epochs itself runs one ahead. On JAX, call ``model.test_on_batch(*dataset[0])`` before: a batch
    that ``model.fit`` takes to learn its shape leaves others behind in the queue of the workers.

    Args:
        dataset: MattingDataset.
    """

    def __init__(self, dataset):
        super().__init__()
        self.dataset = dataset

    def on_epoch_begin(self, epoch, logs=None):
        self.dataset.epoch = epoch
