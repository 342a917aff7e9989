"""What networks are scored on: folders of pictures with a true alpha, or composites made on the fly."""

from pathlib import Path

import numpy as np

from datasets.recipes import make_recipe
from datasets.samples import MattingSamples
from datasets.test_sets import AlphaMatting, Composition1k
from hop_tf.cli.files import CommandError
from hop_tf.cli.quiet import quiet_start

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


def open_pictures(folder, trimap=1):
    """Pictures with trimap and alpha.

    Args:
        folder: with `input`, `alpha` and `trimap1` as alphamatting.com has them; or `merged`, `alpha` and `trimap` as
            `python -m datasets compose` writes them; or `image`, `alpha` and `trimap`.
        trimap: 1 or 2, of the alphamatting.com layout.

    Returns:
        Sequence of (name, photo, trimap, alpha).

    Raises:
        CommandError: if it is none of these, or a picture has no partner.
    """
    folder = Path(folder)
    try:
        if (folder / "input").is_dir() or (folder / "input_training_lowres").is_dir():
            return AlphaMatting(folder, trimap)
        if (folder / "merged").is_dir():
            return Composition1k(folder)
    except (ValueError, OSError) as error:
        raise CommandError(str(error)) from error
    if not (folder / "image").is_dir():
        raise CommandError(f"{folder}: no folder of pictures; expected one with input, merged or image in it")
    with quiet_start():
        from hop_tf.training.validation import ValidationFolder

        return ValidationFolder(folder)
