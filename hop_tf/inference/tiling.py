"""The parts of a photo that go through the network, and the weights that blend them. All lengths are in pixels."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from hop_tf.pictures.input_size import SIZE_MULTIPLE, SMALLEST_SIZE, input_size

CONTEXT = 256  # around unknown pixels
WORTHWHILE = 0.7  # process regions instead of the whole photo up to this share of its cost
OVERLAP = 128  # of neighbouring tiles; half a tile if tiles are smaller than 256


@dataclasses.dataclass(frozen=True)
class Part:
    """A rectangle of a photo that goes through the network.

    Attributes:
        rows, columns: slices of the photo.
        size: (height, width) that the network sees; a smaller rectangle, at the right or bottom edge, is padded.
        row_weights, column_weights: float32 `[height]` and `[width]` of the rectangle. Their outer product weights its
            alpha; at each unknown pixel the weights of all parts sum to 1.
    """

    rows: slice
    columns: slice
    size: tuple[int, int]
    row_weights: np.ndarray
    column_weights: np.ndarray


def plan(unknown: np.ndarray, tile: Callable[[int, int], tuple[int, int]] | None = None) -> list[Part]:
    """Return parts that together contain all unknown pixels.

    Distant unknown regions are processed separately, with `CONTEXT` around them, if that saves enough of the photo. A
    region larger than a tile is cut into overlapping tiles of one size; tiles without unknown pixels are skipped.

    Args:
        unknown: bool `[height, width]`, `True` at one or more pixels.
        tile: function that maps the (height, width) of a region, as the network sees it, to the size of its tiles; a
            region smaller than its tile is padded. `None` cuts nothing.
    """
    whole = slice(0, unknown.shape[0]), slice(0, unknown.shape[1])
    apart, at_once = (_parts(unknown, regions, tile) for regions in (unknown_regions(unknown, CONTEXT), [whole]))
    return apart if _area(apart) <= WORTHWHILE * _area(at_once) else at_once


def batches(parts: Iterable[tuple[int, Part]], largest: Callable[[int, int], int]) -> Iterator[list[tuple[int, Part]]]:
    """Yield parts of one size together.

    Args:
        parts: pairs of the number of a photo and a part of it.
        largest: function that maps a (height, width) to the largest number of parts at once.
    """
    by_size: dict[tuple[int, int], list[tuple[int, Part]]] = {}
    for i, part in parts:
        by_size.setdefault(part.size, []).append((i, part))
    for size, group in by_size.items():
        count = largest(*size)
        yield from (group[start : start + count] for start in range(0, len(group), count))


def _parts(unknown, regions, tile):
    parts = []
    for region in regions:
        size = tuple(input_size(side.stop - side.start) for side in region)
        sides = tile(*size) if tile else size
        rows, columns = (_cut(side, n) for side, n in zip(region, sides, strict=True))
        parts += [
            Part(row, column, sides, row_weights, column_weights)
            for row, row_weights in rows
            for column, column_weights in columns
            if unknown[row, column].any()
        ]
    return parts


def _area(parts):
    return sum(part.size[0] * part.size[1] for part in parts)


def unknown_regions(unknown: np.ndarray, context: int) -> list[tuple[slice, slice]]:
    """Return rectangles around the unknown pixels and `context` around them, split where no unknown pixel is near.

    They begin at multiples of 32, which aligns the network's coarse grids with those of the whole photo.

    Args:
        unknown: bool `[height, width]`, `True` at one or more pixels.
        context: width of the surrounding band.

    Returns:
        List of (rows, columns) slices. No unknown pixel is in two of them.
    """

    def cut(rows, columns):
        for axis in (1, 0):
            side = (rows, columns)[1 - axis]
            found = np.flatnonzero(unknown[rows, columns].any(axis=axis)) + side.start
            # Wide enough that neither rectangle reaches the other's unknown pixels, even rounded to multiples of 32.
            gaps = np.flatnonzero(np.diff(found) > 2 * (context + SIZE_MULTIPLE))
            ends = [*found[gaps], found[-1]]
            starts = [found[0], *found[gaps + 1]]
            sides = [slice(int(a), int(b) + 1) for a, b in zip(starts, ends, strict=True)]
            if sides != [side]:
                pairs = [(s, columns) if axis == 1 else (rows, s) for s in sides]
                return [region for pair in pairs for region in cut(*pair)]
        return [(rows, columns)]

    def widened(side, n):
        start = max(side.start - context, 0) // SIZE_MULTIPLE * SIZE_MULTIPLE
        return slice(start, min(start + input_size(side.stop + context - start), n))

    height, width = unknown.shape
    regions = cut(slice(0, height), slice(0, width))
    return [(widened(rows, height), widened(columns, width)) for rows, columns in regions]


def _cut(side, tile):
    """Cut a region's side into overlapping slices of length `tile`, or up to the photo's end, with their weights."""
    length, overlap = side.stop - side.start, min(OVERLAP, tile // 2)
    step = SIZE_MULTIPLE if tile >= SMALLEST_SIZE else 1  # smaller tiles would leave gaps
    last = -(-max(length - tile, 0) // step)
    count = 1 + -(-last * step // (tile - overlap))
    starts = step * np.round(np.linspace(0, last, count)).astype(int)
    weights = np.zeros((count, length))
    slices = [slice(start, min(start + tile, length)) for start in starts.tolist()]
    for i, part in enumerate(slices):
        weights[i, part] = _feather(part.stop - part.start, overlap, i > 0, i + 1 < count)
    weights = (weights / weights.sum(axis=0)).astype(np.float32)
    return [(slice(side.start + part.start, side.start + part.stop), weights[i, part]) for i, part in enumerate(slices)]


def _feather(n, ramp, before, after):
    """Return positive weights `[n]` that rise over `ramp` pixels from each end that has a neighbour."""
    rising = np.minimum((np.arange(n) + 1) / ramp, 1)
    return np.where(before, rising, 1) * np.where(after, rising[::-1], 1)
