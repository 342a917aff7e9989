"""The paper's recipe for samples, for large foregrounds such as those of Adobe Image Matting."""

from dataclasses import dataclass

import cv2
import numpy as np

from hop_tf.datasets.recipes.open import ATTEMPTS
from hop_tf.datasets.sources import Foregrounds, GeneratedBackgrounds, PhotoFolder, ProceduralForegrounds
from hop_tf.datasets.transforms.composite import composite, merge
from hop_tf.datasets.transforms.crop import pick_interpolation
from hop_tf.datasets.transforms.degrade import degrade
from hop_tf.datasets.transforms.erosion_trimap import random_erosion
from hop_tf.datasets.transforms.jitter import jitter_around_mean
from hop_tf.datasets.transforms.random_affine import random_affine
from hop_tf.datasets.transforms.unknown_crop import crop_alpha_at_unknown
from hop_tf.datasets.transforms.window import resize_window, warp_window
from hop_tf.errors import UserError

_RESIZED = 640, 640

#: A foreground smaller than the crop is enlarged to this multiple of the crop.
_ROOM = 1.1


@dataclass(frozen=True)
class PaperRecipe:
    """The augmentation of Li et al., "Hierarchical Opacity Propagation for Image Matting", step by step.

    Attributes:
        merge: probability that a second foreground is laid behind the first.
        resize: probability that the foreground is resized to 640 x 640.
        largest_erosion: largest diameter in pixels of the ellipses that erode alpha to a trimap.
        degrade: probability that the composite is degraded by lens, sensor and file (not in the paper).
        random_interpolation: whether each resize and warp uses nearest, linear, cubic or Lanczos interpolation with
            equal probability, independently for foreground, alpha and background. Otherwise all are linear.
        max_side: larger foregrounds and backgrounds are shrunk until their longer side has this many pixels. `None`
            keeps them.
    """

    merge: float = 0.5
    resize: float = 0.25
    largest_erosion: int = 29
    degrade: float = 0.0
    random_interpolation: bool = False
    max_side: int | None = None

    def draw(
        self,
        rng: np.random.Generator,
        size: int,
        cutouts: Foregrounds | None,
        drawn: ProceduralForegrounds,
        backgrounds: PhotoFolder | GeneratedBackgrounds,
    ) -> tuple[np.ndarray, ...]:
        """Draw samples until one has an unknown pixel; arguments, result and errors are those of `Recipe.draw`.

        Drawn foregrounds are used only if there are no cutouts.
        """
        source = drawn if cutouts is None else cutouts
        for _ in range(ATTEMPTS):
            sample = self._attempt(rng, size, source, backgrounds)
            if sample is not None:
                return sample
        raise UserError(
            f"no unknown pixel in {ATTEMPTS} attempts; check for foregrounds that are entirely opaque or empty"
        )

    def _attempt(self, rng, size, source, backgrounds):
        colour, alpha = source[source.pick(rng)]
        if rng.random() < self.merge:
            colour, alpha = self._merge(rng, (colour, alpha), source[source.pick(rng)])
        if rng.random() < self.resize:
            colour, alpha = self._resize(rng, (colour, alpha), _RESIZED)
        if min(alpha.shape) <= size:
            factor = _ROOM * size / min(alpha.shape)
            colour, alpha = self._resize(rng, (colour, alpha), [round(side * factor) for side in alpha.shape])

        matrix = random_affine(rng, *alpha.shape)
        diameters = random_erosion(rng, self.largest_erosion)
        canvas = alpha.shape
        found = crop_alpha_at_unknown(rng, alpha, matrix, size, diameters, self._interpolation(rng))
        if found is None:
            return None
        window, alpha, trimap = found
        foreground = warp_window(colour, matrix, window, self._interpolation(rng))
        foreground = jitter_around_mean(rng, foreground, alpha)
        background = resize_window(backgrounds.draw(rng), canvas, window, self._interpolation(rng))
        picture = composite(foreground, background, alpha)
        if rng.random() < self.degrade:
            picture = degrade(rng, picture)
        return picture, trimap, alpha, foreground, background

    def _merge(self, rng, front, back):
        """Return `front` over `back` resized to its size, or only `front` if it would hide `back` entirely."""
        merged = merge(front, self._resize(rng, back, front[1].shape))
        return merged if merged[1].min() < 1 else front

    def _resize(self, rng, foreground, shape):
        """Resize colour and alpha of a foreground to `shape`, (height, width), each with its own interpolation."""
        ways = self._interpolation(rng), self._interpolation(rng)
        if foreground[1].shape == tuple(shape):
            return foreground
        colour, alpha = (
            cv2.resize(plane, (shape[1], shape[0]), interpolation=way)
            for plane, way in zip(foreground, ways, strict=True)
        )
        return colour, alpha.clip(0, 1)

    def _interpolation(self, rng):
        return pick_interpolation(rng, self.random_interpolation, shares=(0.25, 0.25, 0.25, 0.25))
