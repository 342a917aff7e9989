"""Foregrounds that are drawn: one kind of alpha matte a file."""

import numpy as np

from hop_tf.datasets.sources.backgrounds import GeneratedBackgrounds
from hop_tf.datasets.sources.foregrounds import Foregrounds
from hop_tf.datasets.sources.procedural.blobs import draw_blobs
from hop_tf.datasets.sources.procedural.colours import paint_colours
from hop_tf.datasets.sources.procedural.fur import draw_fur
from hop_tf.datasets.sources.procedural.hair import draw_hair
from hop_tf.datasets.sources.procedural.leaves import draw_leaves
from hop_tf.datasets.sources.procedural.nets import draw_nets
from hop_tf.datasets.sources.procedural.smoke import draw_smoke
from hop_tf.datasets.sources.procedural.veils import draw_veils

#: {kind: (function, relative frequency)}
KINDS = {
    "hair": (draw_hair, 0.34),
    "fur": (draw_fur, 0.13),
    "blobs": (draw_blobs, 0.16),
    "smoke": (draw_smoke, 0.05),
    "nets": (draw_nets, 0.14),
    "leaves": (draw_leaves, 0.11),
    "veils": (draw_veils, 0.07),
}


class ProceduralForegrounds(Foregrounds):
    """Draws a random kind of alpha matte and paints it: to order with ``draw``, or by index.

    Args:
        kinds: {kind: relative frequency}; every kind at its usual frequency when None.
        camouflage: probability that the colours are made close to the background's.
        count: how many foregrounds there are by index.
        side: side in pixels of a foreground by index.
    """

    def __init__(self, kinds=None, camouflage=0.35, count=10_000, side=640):
        kinds = {name: share for name, (_, share) in KINDS.items()} if kinds is None else dict(kinds)
        self.names = list(kinds)
        shares = np.array([kinds[name] for name in self.names], float)
        self.probabilities = shares / shares.sum()
        self.camouflage = camouflage
        self.count = count
        self.side = side

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        """Foreground ``index``, always the same: uint8 RGB [side, side, 3], alpha float32 [side, side] in 0..1."""
        if not 0 <= index < self.count:
            raise IndexError(f"There are {self.count} drawn foregrounds. Received: index {index}")
        rng = np.random.default_rng(index)
        textures = GeneratedBackgrounds(self.side)
        return self.draw(rng, self.side, textures.draw(rng), textures.draw(rng))

    def draw(self, rng, size, photo, background):
        """A painted foreground.

        Args:
            rng: numpy.random.Generator.
            size: side in pixels.
            photo: uint8 RGB [h, w, 3], any photo, whose texture may be used.
            background: uint8 RGB [h, w, 3], what the foreground will lie on.

        Returns:
            Foreground colour uint8 RGB [size, size, 3], alpha float32 [size, size] in 0..1.
        """
        name = self.names[int(rng.choice(len(self.names), p=self.probabilities))]
        drawing = KINDS[name][0](rng, size)
        return paint_colours(rng, drawing, photo, background, self.camouflage, name), drawing.alpha
