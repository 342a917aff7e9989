"""Two scales for wide unknown bands: alpha from a smaller copy of the photo where the photo itself leaves it undecided.

In a wide band of a large photo the network sees too little of what is known around a pixel, and alpha comes out grey.
In a smaller copy the band is narrower, but detail is lost, and fine strands come out grey. On nine photos enlarged 4
times, weighting by greyness lowers the mean SAD from 7.78 to 5.24 (docs/matting.md).
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN, split_trimap

Predict = Callable[[Sequence[np.ndarray], Sequence[np.ndarray]], list[np.ndarray]]

FARTHEST = 40  # distance in pixels from an unknown pixel to a known one in a copy
SMALLEST_COPY = 800  # longer side in pixels
NEIGHBOURHOOD = 2  # pixels of the copy in each direction, over which greyness is compared


def predict_at_two_scales(
    predict: Predict, images: Sequence[np.ndarray], trimaps: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Predict the alpha of photos, and of smaller copies where unknown bands are wide, and blend the two.

    Args:
        predict: function of photos and trimaps that returns the alpha of each, exact where it is known.
        images: uint8 `[height, width, 3]`.
        trimaps: uint8 `[height, width]`.

    Returns:
        float32 `[height, width]` of each photo in 0..1; for photos that need no copy, exactly that of `predict`.
    """
    sizes = {i: size for i, trimap in enumerate(trimaps) if (size := copy_size(trimap))}
    copies = [cv2.resize(images[i], size[::-1], interpolation=cv2.INTER_AREA) for i, size in sizes.items()]
    copied_trimaps = [shrink_trimap(trimaps[i], size) for i, size in sizes.items()]
    alphas = predict([*images, *copies], [*trimaps, *copied_trimaps])
    for i, coarse in zip(sizes, alphas[len(images) :], strict=True):
        alphas[i] = blend(alphas[i], coarse, trimaps[i])
    return alphas[: len(images)]


def copy_size(trimap: np.ndarray) -> tuple[int, int] | None:
    """Return the (height, width) of the smaller copy that a photo needs, or `None` if it needs none.

    Args:
        trimap: uint8 `[height, width]`.
    """
    longer = max(trimap.shape)
    if longer <= SMALLEST_COPY:
        return None
    unknown, _ = split_trimap(trimap)
    unknown = np.pad(unknown, 1).astype(np.uint8)  # measures the distance to the border as well
    farthest = float(cv2.distanceTransform(unknown, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).max())
    if farthest <= FARTHEST:
        return None
    scale = max(FARTHEST / farthest, SMALLEST_COPY / longer)
    height, width = (max(round(scale * n), 1) for n in trimap.shape)
    return height, width


def shrink_trimap(trimap: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a smaller trimap, in which pixels that cover several levels are unknown.

    Args:
        trimap: uint8 `[height, width]`.
        size: its new (height, width).
    """
    unknown, known_alpha = split_trimap(trimap)
    foreground, background = (
        cv2.resize(region.astype(np.uint8) * 255, size[::-1], interpolation=cv2.INTER_AREA) == 255
        for region in (known_alpha == 1, ~unknown & (known_alpha == 0))
    )
    return np.select([foreground, background], [FOREGROUND, BACKGROUND], UNKNOWN).astype(np.uint8)


def blend(fine: np.ndarray, coarse: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Blend the alphas of a photo and of its copy, the less grey one in each neighbourhood counting most.

    Args:
        fine: float32 `[height, width]` in 0..1.
        coarse: float32, smaller.
        trimap: uint8 `[height, width]`.

    Returns:
        float32 `[height, width]` in 0..1, exactly that of `fine` where the trimap is known.
    """
    unknown, _ = split_trimap(trimap)
    window = 2 * round(NEIGHBOURHOOD * fine.shape[1] / coarse.shape[1]) + 1

    def greyness(alpha):
        return cv2.blur(alpha * (1 - alpha) * unknown, (window, window)) ** 2

    coarse = np.clip(cv2.resize(coarse, fine.shape[::-1], interpolation=cv2.INTER_CUBIC), 0, 1)
    coarse[~unknown] = fine[~unknown]
    grey = greyness(fine)
    weight = grey / np.maximum(grey + greyness(coarse), np.finfo(np.float32).tiny)
    return fine + weight * (coarse - fine)
