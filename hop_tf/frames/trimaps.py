"""A trimap for every frame: as it is read, or made from masks."""

import dataclasses
import itertools
import logging
from collections.abc import Iterator

import cv2
import numpy as np

from hop_tf.errors import UserError
from hop_tf.frames.reading import Frame, Source
from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, UNKNOWN, split_trimap, trimap_from_mask
from hop_tf.pictures.trimap_check import check_trimap
from hop_tf.trimaps.masks import fitted

_LOG = logging.getLogger(__name__)
_SHARE = 0.02  # of the longer side: one width for the whole film, or the band itself would flicker
_NOISE = 12  # levels, 5 % of 255: a mask of no more contrast is one level and the noise of a codec
_COVERED = 0.95  # of the first trimap's unknown pixels lie in the band that its width is chosen for


def read_trimaps(source: Source) -> Iterator[Frame]:
    """Yield the trimaps of a source. A warning says what is unusual about the first.

    Raises:
        UserError: if one of them cannot be meant as a trimap.
    """
    for number, frame in enumerate(source):
        oddity = _check(frame)
        if oddity and number == 0:
            _LOG.warning("%s: %s", frame.name, oddity)
        yield frame


def trimaps_from_masks(
    source: Source, width: float | None = None, first: Frame | None = None, shape: tuple[int, ...] | None = None
) -> Iterator[Frame]:
    """Yield trimaps made from the masks of a source.

    Args:
        source: masks. A mask of one level, but for the noise of a codec, is a frame without foreground or full of it:
            below or above the middle of the levels of the last mask with two, or 128 if there is none before it.
        width: distance in pixels that the unknown region extends to either side of an edge. `None` takes the width of
            the unknown region of `first`, or else 2 % of the longer side.
        first: a drawn trimap for the first frame.
        shape: (height, width, ...) of the frames, to which masks are scaled; `None` keeps their sizes.

    Raises:
        UserError: if `first` has another size than the first mask, or cannot be meant as a trimap; or if a mask has
            another shape than the frames.
    """
    masks = (
        each if shape is None else dataclasses.replace(each, picture=fitted(each.name, each.picture, shape))
        for each in source
    )
    mask = next(masks)
    if width is None:
        width = max(2, round(_SHARE * max(mask.picture.shape))) if first is None else width_of(first, mask)
    if first is not None:
        _check(first)
        yield first
    middle = UNKNOWN if _is_one_level(mask.picture) else _middle(mask.picture)
    is_noise_told = False
    for each in itertools.chain([mask] if first is None else [], masks):
        low, high = int(each.picture.min()), int(each.picture.max())
        if not _is_one_level(each.picture):
            middle = _middle(each.picture)
            trimap = trimap_from_mask(each.picture, width)
        else:
            trimap = np.full_like(each.picture, FOREGROUND if each.picture.mean() >= middle else BACKGROUND)
            if low < high and not is_noise_told:
                is_noise_told = True
                _LOG.warning(
                    "%s: levels %d to %d are taken for noise in a mask of one level; expected levels like 0 and 255",
                    each.name,
                    low,
                    high,
                )
        yield Frame(each.name, trimap, each.time)


def width_of(trimap: Frame, mask: Frame) -> float:
    """Return how far the unknown region of a trimap reaches from the edges of a mask, in pixels.

    Raises:
        UserError: if they differ in size, the mask has no edge, or no pixel is unknown.
    """
    if trimap.picture.shape != mask.picture.shape:
        raise UserError(f"{trimap.name}: has another size than the mask {mask.name}; expected the same size")
    inside = mask.picture > _middle(mask.picture)
    unknown, _ = split_trimap(trimap.picture)
    if _is_one_level(mask.picture) or not unknown.any():
        raise UserError(f"{mask.name}: no edge whose width {trimap.name} could tell; give --width")
    sides = (side.astype(np.uint8) for side in (inside, ~inside))
    outward, inward = (cv2.distanceTransform(side, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) for side in sides)
    distance = outward + inward
    return float(np.ceil(np.quantile(distance[unknown], _COVERED)))


def _is_one_level(mask):
    return int(mask.max()) - int(mask.min()) <= _NOISE


def _middle(mask):
    return (int(mask.min()) + int(mask.max())) / 2


def _check(frame):
    try:
        return check_trimap(frame.picture)
    except ValueError as error:
        raise UserError(f"{frame.name}: {error}") from error
