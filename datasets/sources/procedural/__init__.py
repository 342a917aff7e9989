"""Drawn foregrounds, one module for each kind of alpha matte."""

from collections.abc import Mapping

import numpy as np

from hop_tf.datasets.sources.backgrounds import GeneratedBackgrounds
from hop_tf.datasets.sources.foregrounds import Foreground, Foregrounds
from hop_tf.datasets.sources.procedural.blobs import draw_blobs
from hop_tf.datasets.sources.procedural.colours import paint_colours
from hop_tf.datasets.sources.procedural.fur import draw_fur
from hop_tf.datasets.sources.procedural.glass import draw_glass
from hop_tf.datasets.sources.procedural.hair import draw_hair
from hop_tf.datasets.sources.procedural.leaves import draw_leaves
from hop_tf.datasets.sources.procedural.nets import draw_nets
from hop_tf.datasets.sources.procedural.smoke import draw_smoke
from hop_tf.datasets.sources.procedural.teeth import draw_teeth
from hop_tf.datasets.sources.procedural.veils import draw_veils

#: {kind: (function, relative frequency)}
KINDS = {
    "hair": (draw_hair, 0.38),
    "fur": (draw_fur, 0.15),
    "blobs": (draw_blobs, 0.16),
    "smoke": (draw_smoke, 0.05),
    "nets": (draw_nets, 0.10),
    "leaves": (draw_leaves, 0.09),
    "veils": (draw_veils, 0.07),
    "teeth": (draw_teeth, 0.05),
    "glass": (draw_glass, 0.0),  # in plain samples only
}


class ProceduralForegrounds(Foregrounds):
    """Draw alpha mattes of random kinds and paint them: on demand with `draw`, or by index.

    Args:
        kinds: {kind: relative frequency}. `None` draws every kind with its usual frequency.
        camouflage: probability that the colours are close to those of the background.
        count: number of foregrounds by index.
        side: side in pixels of a foreground by index.
    """

    def __init__(
        self,
        kinds: Mapping[str, float] | None = None,
        camouflage: float = 0.35,
        count: int = 10_000,
        side: int = 640,
    ):
        kinds = {name: share for name, (_, share) in KINDS.items()} if kinds is None else dict(kinds)
        self.names = list(kinds)
        shares = np.array([kinds[name] for name in self.names], float)
        self.probabilities = shares / shares.sum()
        self.camouflage = camouflage
        self.count = count
        self.side = side

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Foreground:
        """Return foreground `index`, which is always the same: colour and alpha, as in `Foregrounds`."""
        if not 0 <= index < self.count:
            raise IndexError(f"there are {self.count} drawn foregrounds. Received: index {index}")
        rng = np.random.default_rng(index)
        textures = GeneratedBackgrounds(self.side)
        return self.draw(rng, self.side, textures.draw(rng), textures.draw(rng))

    def draw(self, rng: np.random.Generator, size: int, photo: np.ndarray, background: np.ndarray) -> Foreground:
        """Draw and paint a foreground.

        Args:
            rng: random generator.
            size: side in pixels.
            photo: uint8 array `[any height, any width, 3]`, RGB, whose texture may be used.
            background: uint8 array `[any height, any width, 3]`, RGB, over which the foreground will lie.

        Returns:
            Colour uint8 `[size, size, 3]`, RGB; alpha float32 `[size, size]` in 0..1.
        """
        name = self.names[int(rng.choice(len(self.names), p=self.probabilities))]
        drawing = KINDS[name][0](rng, size)
        return paint_colours(rng, drawing, photo, background, self.camouflage, name), drawing.alpha
