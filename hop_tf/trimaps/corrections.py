"""Correction of masks by strokes and clicks."""

import cv2
import numpy as np

from hop_tf.pictures.array_check import describe
from hop_tf.pictures.trimap import LARGEST_BACKGROUND, SMALLEST_FOREGROUND, soft_mask
from hop_tf.trimaps.grab_cut import grab_cut
from hop_tf.trimaps.guesses import geodesic_distance
from hop_tf.trimaps.marks import Box, check_marks, shrink, slices

_ROUNDS = 10  # of GrabCut: on 44 photos with three strokes each better than 5
_AGREEMENT = 0.05  # how near to 0 or 1 the mean of GrabCut's results decides
_SURROUNDINGS = 0.3  # around a box, as a share of its sides; GrabCut learns the background's colours from them


def correct(
    photo: np.ndarray,
    mask: np.ndarray,
    foreground: np.ndarray,
    background: np.ndarray,
    box: Box | None = None,
    clicks: bool = False,
) -> np.ndarray:
    """Correct a mask where strokes contradict it, and decide where it is uncertain.

    GrabCut segments the photo in RGB and in Lab, starting from the mask and the strokes. Where both results agree with
    a stroke but the mask does not, the connected regions that the stroke touches change sides. Where the mask is
    uncertain and both results agree, they decide. Everything else stays as it is.

    Strokes should cover much of what is wrong. Clicks are small, so if GrabCut keeps the mask in spite of a click, the
    similar colours around the click change sides. The mask stays uncertain where no click decides.

    Args:
        photo: uint8 or uint16 `[height, width, 3]`, RGB.
        mask: uint8 `[height, width]`, levels as in `hop_tf.pictures.trimap.trimap_from_mask`.
        foreground: bool `[height, width]`, strokes within the object.
        background: bool `[height, width]`, strokes within the background. They override `foreground`.
        box: (x, y, width, height) in pixels, around the whole object; everything outside is background, except strokes.
        clicks: whether all marks are clicks, whose surroundings may change sides too.

    Returns:
        uint8 `[height, width]`: 0 in the background, 255 in the object, other levels where neither is certain.

    Raises:
        ValueError: if an array has another type or shape, or the box does not overlap the photo.
    """
    if mask.dtype != np.uint8 or mask.shape != photo.shape[:2]:
        raise ValueError(f"`mask` must be uint8, of shape {photo.shape[:2]}. Received: {describe(mask)}")
    check_marks(photo, foreground, background)
    soft = np.clip(soft_mask(mask), 0, 1)
    inside, seen = (slice(None), slice(None)), (slice(None), slice(None))
    if box is not None:
        inside, seen = slices(box), slices(box, _SURROUNDINGS)
        if not mask[inside].size:
            raise ValueError(f"`box` must overlap the photo of shape {photo.shape[:2]}. Received: {box}")
        box = box[0] - seen[1].start, box[1] - seen[0].start, *box[2:]
    corrected = np.zeros_like(soft)
    corrected[inside] = soft[inside]
    part = corrected[seen]
    _correct(part, shrink(photo[seen], box, foreground[seen], background[seen]), clicks)
    corrected[foreground], corrected[background] = 1, 0
    return np.round(255 * corrected).astype(np.uint8)


def _correct(soft, marks, clicks):
    """Correct a mask of 0..1, float32 `[height, width]`, in place."""
    small = cv2.resize(soft, marks.photo.shape[1::-1], interpolation=cv2.INTER_AREA)
    guess = ((small > 0.5) | marks.foreground) & ~marks.background
    found = grab_cut(marks, guess, _ROUNDS)
    lowest, highest = LARGEST_BACKGROUND, SMALLEST_FOREGROUND  # the mask is open to change above, or below
    if not clicks:
        lowest = highest = 0.5
        share = _enlarged(np.mean(found, axis=0), soft)
        uncertain = (soft > LARGEST_BACKGROUND) & (soft < SMALLEST_FOREGROUND)
        for level in (True, False):
            soft[uncertain & (np.abs(share - level) < _AGREEMENT)] = level
    for strokes, level in ((marks.foreground, True), (marks.background, False)):
        is_open = small < highest if level else small > lowest
        part = _touched(found, is_open, strokes, level)
        for click in _connected(strokes) if clicks else ():
            if _touched(found, is_open, click, level).sum() <= 2 * click.sum():
                near = _surroundings(marks.photo, click | is_open & marks.box, click)
                other = grab_cut(marks, guess | near if level else guess & ~near, _ROUNDS)
                part |= _touched(other, is_open, click, level)
        soft[_enlarged(part, soft) > 0.5] = level


def _touched(found, is_open, strokes, level):
    """Return the connected regions that touch a stroke and that all results give `level`, where the mask `is_open`."""
    parts = _parts(strokes | np.all(np.equal(found, level), axis=0) & is_open)
    return np.isin(parts, np.setdiff1d(parts[strokes], [0]))


def _connected(region):
    """Yield the connected parts of a region."""
    parts = _parts(region)
    return (parts == i for i in range(1, parts.max() + 1))


def _parts(region):
    return cv2.connectedComponents(region.astype(np.uint8), connectivity=4)[1]


def _surroundings(photo, region, strokes):
    """Return the part of a region that is near the strokes, by geodesic distance in colour."""
    distance = geodesic_distance(photo, strokes)
    levels = np.clip(255 * distance / max(distance[region].max(), 1e-6), 0, 255).astype(np.uint8)
    near, _ = cv2.threshold(levels[region], 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return region & (levels <= near)


def _enlarged(region, soft):
    return cv2.resize(region.astype(np.float32), soft.shape[::-1], interpolation=cv2.INTER_LINEAR)
