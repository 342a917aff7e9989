"""The open recipe: one training sample from beginning to end."""

from dataclasses import dataclass

import numpy as np

from hop_tf.datasets.recipes.plain import draw_plain
from hop_tf.datasets.sources import Foregrounds, GeneratedBackgrounds, PhotoFolder, ProceduralForegrounds
from hop_tf.datasets.transforms.affine import place_cutout
from hop_tf.datasets.transforms.composite import composite, merge
from hop_tf.datasets.transforms.crop import crop_at_unknown, pick_interpolation, random_square
from hop_tf.datasets.transforms.degrade import defocus, degrade, soften_alpha
from hop_tf.datasets.transforms.jitter import jitter_hsv, match_colours
from hop_tf.datasets.transforms.trimap import CERTAIN_BACKGROUND, CERTAIN_FOREGROUND, leave_open, make_trimap
from hop_tf.errors import UserError
from hop_tf.pictures.trimap import UNKNOWN

#: Number of samples that a recipe draws in search of an unknown pixel before it gives up.
ATTEMPTS = 50

#: Share of unknown pixels above which a crop hardly shows which layer is the foreground.
_LITTLE_KNOWN = 0.6

#: Smallest alpha of an opaque layer that is left open. Half of these layers stay fully opaque.
_THINNEST = 0.85


@dataclass(frozen=True)
class Recipe:
    """Probabilities of the steps of a sample, after Li et al., "Hierarchical Opacity Propagation for Image Matting".

    Attributes:
        plain: share of samples with few colours and a large unknown region, see `draw_plain`. They ignore the other
            attributes except `degrade`.
        cutout_share: share of samples whose (first) foreground is a real cutout, if there are any. With 1 no
            foreground is drawn.
        merge_cutouts: probability that a second foreground is laid over a cutout.
        merge_drawn: the same for a drawn foreground.
        open_layer: probability that one of two merged foregrounds is entirely unknown, like an almost opaque flag.
        soften: probability that the whole alpha is blurred, by defocus or motion.
        blur_background: probability that the background is out of focus.
        degrade: probability that the composite is degraded by lens, sensor and file.
        jitter: probability that the colours of a foreground or background are shifted.
        match: probability that the colours of the foreground are moved towards those of the background.
        skip_unknowable: probability that a crop with few known pixels is redrawn.
        random_interpolation: whether foreground, alpha and background are each resampled with a random interpolation.
        canvas: side of the drawn picture, as a multiple of the side of the crop.
        max_side: larger cutouts and photos are shrunk until their longer side has this many pixels. `None` keeps them.
    """

    plain: float = 0.0
    cutout_share: float = 0.5
    merge_cutouts: float = 0.5
    merge_drawn: float = 0.15
    open_layer: float = 0.4
    soften: float = 0.2
    blur_background: float = 0.35
    degrade: float = 0.5
    jitter: float = 0.5
    match: float = 0.0
    skip_unknowable: float = 0.7
    random_interpolation: bool = True
    canvas: float = 1.25
    max_side: int | None = 640

    def draw(
        self,
        rng: np.random.Generator,
        size: int,
        cutouts: Foregrounds | None,
        drawn: ProceduralForegrounds,
        backgrounds: PhotoFolder | GeneratedBackgrounds,
    ) -> tuple[np.ndarray, ...]:
        """Draw samples until one has an unknown pixel (and, usually, many known ones).

        Args:
            rng: random generator; the sample depends only on its state and the sources.
            size: side of the sample in pixels.
            cutouts: source of real foregrounds, or `None`.
            drawn: source of drawn foregrounds.
            backgrounds: source of backgrounds.

        Returns:
            Composite uint8 `[size, size, 3]`, RGB; trimap uint8 `[size, size]` with the levels 0, 128 and 255; alpha
            float32 `[size, size]` in 0..1; and the two layers, foreground and background, uint8 `[size, size, 3]`,
            RGB, as they were composited, before the degradation.

        Raises:
            ImageError: if a file cannot be used.
            UserError: if no sample has an unknown pixel.
        """
        for _ in range(ATTEMPTS):
            sample = self._attempt(rng, size, cutouts, drawn, backgrounds)
            if sample is not None:
                return sample
        raise UserError(f"no unknown pixel in {ATTEMPTS} attempts; check for cutouts that are entirely opaque or empty")

    def _attempt(self, rng, size, cutouts, drawn, backgrounds):
        if self.plain and rng.random() < self.plain:
            layers = draw_plain(rng, size, backgrounds)
        else:
            layers = self._draw_layers(rng, size, cutouts, drawn, backgrounds)
        if layers is None:
            return None
        foreground, background, alpha, trimap = layers
        picture = composite(foreground, background, alpha)
        if rng.random() < self.degrade:
            picture = degrade(rng, picture)
        return picture, trimap, alpha, foreground, background

    def _draw_layers(self, rng, size, cutouts, drawn, backgrounds):
        """Return foreground, background, alpha and trimap, or `None` if nothing, or nearly everything, is unknown."""
        side = round(size * self.canvas)
        photo = backgrounds.draw(rng)
        background = random_square(rng, photo, side, pick_interpolation(rng, self.random_interpolation))
        foreground, alpha, opened = self._foreground(rng, side, cutouts, drawn, backgrounds, photo)
        if rng.random() < self.soften:
            alpha = soften_alpha(rng, alpha)
        widths = min(1.0, size / 192)
        trimap = make_trimap(rng, alpha, widths)
        if opened is not None:
            leave_open(rng, trimap, opened, widths)
        corner = crop_at_unknown(rng, trimap, size)
        if corner is None:
            return None
        window = np.s_[corner[0] : corner[0] + size, corner[1] : corner[1] + size]
        if (trimap[window] == UNKNOWN).mean() > _LITTLE_KNOWN and rng.random() < self.skip_unknowable:
            return None
        layers = (np.ascontiguousarray(part[window]) for part in (foreground, background, alpha, trimap))
        foreground, background, alpha, trimap = layers
        if rng.random() < self.jitter:
            background = jitter_hsv(rng, background)
        if self.match and rng.random() < self.match:
            foreground = match_colours(rng, foreground, background, alpha)
        if rng.random() < self.blur_background:
            background = defocus(rng, background)
        return foreground, background, alpha, trimap

    def _foreground(self, rng, side, cutouts, drawn, backgrounds, photo):
        """Return one foreground, or two merged.

        Returns:
            Colour uint8 `[side, side, 3]`, RGB; alpha float32 `[side, side]`; and the region that the trimap
            leaves open, bool `[side, side]`, or `None`.
        """
        real = cutouts is not None and rng.random() < self.cutout_share
        first = self._single(rng, side, cutouts if real else None, drawn, backgrounds, photo)
        if rng.random() >= (self.merge_cutouts if real else self.merge_drawn):
            return *first, None
        real = cutouts is not None and rng.random() < (0.7 if self.cutout_share < 1 else 1)
        layers = [self._single(rng, side, cutouts if real else None, drawn, backgrounds, photo), first]
        opened = None
        if rng.random() < self.open_layer:
            which = int(rng.integers(2))
            colour, alpha = layers[which]
            layers[which] = colour, alpha * np.float32(min(1, rng.uniform(_THINNEST, 2 - _THINNEST)))
            opened = layers[which][1] > CERTAIN_BACKGROUND
            if which:
                opened &= layers[0][1] < CERTAIN_FOREGROUND
        return *merge(*layers), opened

    def _single(self, rng, side, cutouts, drawn, backgrounds, photo):
        if cutouts is None:
            return drawn.draw(rng, side, backgrounds.draw(rng), photo)
        foreground = cutouts[cutouts.pick(rng)]
        ways = (pick_interpolation(rng, self.random_interpolation) for _ in range(2))
        colour, alpha = place_cutout(rng, foreground, side, *ways)
        if rng.random() < self.jitter:
            colour = jitter_hsv(rng, colour)
        return colour, alpha
