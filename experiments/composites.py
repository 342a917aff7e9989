"""Composites made on the fly to score networks on."""

from typing import TYPE_CHECKING

from hop_tf.datasets.recipes import make_recipe
from hop_tf.datasets.samples import MattingSamples
from hop_tf.evaluation.reading import Sample
from hop_tf.pictures.eight_bit import to_uint8

if TYPE_CHECKING:
    from train import Data

#: An epoch that no training reaches, so no training sample is scored.
EPOCH = 10**9


class Composites:
    """Held-out samples from the training distribution; equal arguments give equal samples.

    Args:
        data: the foregrounds, backgrounds and recipe of the training. Random interpolation is turned off.
        count: number of composites.
        size: side of a composite in pixels.
    """

    def __init__(self, data: "Data", count: int = 40, size: int = 256):
        recipe = make_recipe(data.recipe, random_interpolation=False)
        self.samples = MattingSamples(
            data.foregrounds or None, data.backgrounds or None, size, recipe=recipe, layout=data.layout
        )
        self.count, self.size = count, size

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Sample:
        if not 0 <= index < self.count:
            raise IndexError(index)
        photo, trimap, alpha = self.samples.sample(index, EPOCH)
        return Sample(f"composite_{index:03d}", photo, trimap, to_uint8(alpha))

    def __str__(self) -> str:
        kind = "foregrounds and backgrounds of the training" if self.samples.foregrounds else "drawn foregrounds"
        return f"{self.count} composites of {self.size} x {self.size} pixels, {kind}"
