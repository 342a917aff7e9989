"""Foregrounds that are drawn: one kind of alpha matte a file."""

import numpy as np

from datasets.sources.procedural.blobs import draw_blobs
from datasets.sources.procedural.colours import paint_colours
from datasets.sources.procedural.fur import draw_fur
from datasets.sources.procedural.hair import draw_hair
from datasets.sources.procedural.leaves import draw_leaves
from datasets.sources.procedural.nets import draw_nets
from datasets.sources.procedural.smoke import draw_smoke
from datasets.sources.procedural.veils import draw_veils

#: {kind: (function, relative frequency)}
KINDS = {
    "hair": (draw_hair, 0.36),
    "fur": (draw_fur, 0.16),
    "blobs": (draw_blobs, 0.12),
    "smoke": (draw_smoke, 0.05),
    "nets": (draw_nets, 0.12),
    "leaves": (draw_leaves, 0.11),
    "veils": (draw_veils, 0.08),
}


class ProceduralForegrounds:
    """Draws a random kind of alpha matte and paints it.

    Args:
        kinds: {kind: relative frequency}; every kind at its usual frequency when None.
        camouflage: probability that the colours are made close to the background's.
    """

    def __init__(self, kinds=None, camouflage=0.35):
        kinds = {name: share for name, (_, share) in KINDS.items()} if kinds is None else dict(kinds)
        self.names = list(kinds)
        shares = np.array([kinds[name] for name in self.names], float)
        self.probabilities = shares / shares.sum()
        self.camouflage = camouflage

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
