"""One training sample from beginning to end."""

from dataclasses import dataclass

import numpy as np

from hop_tf.datasets.transforms.affine import place_cutout
from hop_tf.datasets.transforms.composite import composite, merge
from hop_tf.datasets.transforms.crop import crop_at_unknown, pick_interpolation, random_square
from hop_tf.datasets.transforms.degrade import defocus, degrade, soften_alpha
from hop_tf.datasets.transforms.jitter import jitter_hsv
from hop_tf.datasets.transforms.trimap import CERTAIN_BACKGROUND, CERTAIN_FOREGROUND, leave_open, make_trimap

#: How many samples are drawn before a recipe gives up looking for an unknown pixel.
ATTEMPTS = 50

#: Share of unknown pixels above which a crop tells little about which layer is the foreground.
_LITTLE_KNOWN = 0.6

#: Least alpha of an opaque layer that is left open; half of them let a little light through, the others none.
_THINNEST = 0.85


@dataclass(frozen=True)
class Recipe:
    """How often each step is taken; source of the steps: "Hierarchical Opacity Propagation for Image Matting".

    Attributes:
        cutout_share: share of samples whose (first) foreground is a real cut-out, if there are any.
        merge_cutouts: probability that a second foreground is laid over a cut-out.
        merge_drawn: the same for a drawn foreground.
        open_layer: probability that one of two merged foregrounds is unknown as a whole, as an almost opaque flag is.
        soften: probability that the whole alpha is blurred, by defocus or motion.
        blur_background: probability that the background is out of focus.
        degrade: probability that the composite goes through lens, sensor and file.
        jitter: probability that a foreground's or background's colours are shifted.
        skip_unknowable: probability that a crop with few known pixels is drawn again.
        random_interpolation: whether foreground, alpha and background are resampled each in a random way.
        canvas: side of what is drawn, as a multiple of the crop's.
        max_side: cut-outs and photos are shrunk to this many pixels on their longer side; None keeps them.
    """

    cutout_share: float = 0.5
    merge_cutouts: float = 0.5
    merge_drawn: float = 0.15
    open_layer: float = 0.4
    soften: float = 0.2
    blur_background: float = 0.35
    degrade: float = 0.5
    jitter: float = 0.5
    skip_unknowable: float = 0.7
    random_interpolation: bool = True
    canvas: float = 1.25
    max_side: int | None = 640

    def draw(self, rng, size, cutouts, drawn, backgrounds):
        """Draws samples until one has an unknown pixel (and, mostly, many known ones).

        Args:
            rng: numpy.random.Generator.
            size: side of the sample in pixels.
            cutouts: Foregrounds or None.
            drawn: ProceduralForegrounds.
            backgrounds: has ``draw(rng)`` -> uint8 RGB [h, w, 3].

        Returns:
            Composite uint8 RGB [size, size, 3], trimap uint8 [size, size] of 0, 128 and 255,
            alpha float32 [size, size] in 0..1, and the two layers, uint8 RGB [size, size, 3]: foreground and
            background as they were composited, before lens, sensor and file.
        """
        for _ in range(ATTEMPTS):
            sample = self._attempt(rng, size, cutouts, drawn, backgrounds)
            if sample is not None:
                return sample
        raise RuntimeError(f"No unknown pixel in {ATTEMPTS} attempts: are the cut-outs all opaque or all empty?")

    def _attempt(self, rng, size, cutouts, drawn, backgrounds):
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
        if (trimap[window] == 128).mean() > _LITTLE_KNOWN and rng.random() < self.skip_unknowable:
            return None
        foreground, background, alpha, trimap = (part[window] for part in (foreground, background, alpha, trimap))
        if rng.random() < self.jitter:
            background = jitter_hsv(rng, np.ascontiguousarray(background))
        if rng.random() < self.blur_background:
            background = defocus(rng, background)
        picture = composite(foreground, background, alpha)
        if rng.random() < self.degrade:
            picture = degrade(rng, picture)
        return picture, np.ascontiguousarray(trimap), np.ascontiguousarray(alpha), foreground, background

    def _foreground(self, rng, side, cutouts, drawn, backgrounds, photo):
        """One foreground or two merged.

        Returns:
            Colour uint8 RGB [side, side, 3], alpha float32 [side, side], and bool [side, side], what of it the trimap
            leaves open, or None.
        """
        real = cutouts is not None and rng.random() < self.cutout_share
        first = self._single(rng, side, cutouts if real else None, drawn, backgrounds, photo)
        if rng.random() >= (self.merge_cutouts if real else self.merge_drawn):
            return *first, None
        real = cutouts is not None and rng.random() < 0.7
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
