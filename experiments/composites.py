"""Composites made on the fly, to score networks on."""

import numpy as np

from hop_tf.datasets.recipes import make_recipe
from hop_tf.datasets.samples import MattingSamples

#: An epoch that no training reaches, so that no training sample is scored.
EPOCH = 10**9


class Composites:
    """Composites of the training's own kind that are in no training; the same for equal arguments.

    Item i is the tuple of name, photo, uint8 `[size, size, 3]`, trimap and alpha, both uint8 `[size, size]`.

    Args:
        data: `train.Data`, whose foregrounds, backgrounds and recipe are used, but without random interpolation.
        count, size: ints, how many there are, and their side in pixels.
    """

    def __init__(self, data, count=40, size=256):
        recipe = make_recipe(data.recipe, random_interpolation=False)
        self.samples = MattingSamples(
            data.foregrounds or None, data.backgrounds or None, size, recipe=recipe, layout=data.layout
        )
        self.count, self.size = count, size

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if not 0 <= index < self.count:
            raise IndexError(index)
        photo, trimap, alpha = self.samples.sample(index, EPOCH)
        return f"composite_{index:03d}", photo, trimap, np.rint(alpha * 255).astype(np.uint8)

    def __str__(self):
        kind = "foregrounds and backgrounds of the training" if self.samples.foregrounds else "drawn foregrounds"
        return f"{self.count} composites of {self.size} x {self.size} pixels, {kind}"
