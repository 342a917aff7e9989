"""Warnings about unusual trimaps, and errors for those that cannot be meant."""

import numpy as np

from hop_tf.pictures.trimap import BACKGROUND, FOREGROUND, FOREGROUND_FROM, UNKNOWN, UNKNOWN_FROM, split_trimap

USUAL_LEVELS = {BACKGROUND, UNKNOWN - 1, UNKNOWN, UNKNOWN + 1, FOREGROUND}
FEW_LEVELS = 8  # a trimap has three; a matte, a blurred trimap or a JPEG file has many more


def check_trimap(trimap: np.ndarray) -> str | None:
    """Describe what is unusual about a trimap.

    Args:
        trimap: uint8 array `[height, width]`.

    Returns:
        One line that ends with the shares of background, unknown and foreground, or `None` if nothing is unusual.

    Raises:
        ValueError: if the trimap has several levels that would all be read as background, or only 0 and 255.
    """
    check_levels(trimap)
    levels = _levels(trimap)
    if levels == [BACKGROUND, FOREGROUND]:
        raise ValueError(
            "a mask of 0 and 255, in which no pixel is unknown; make a trimap from it with --trimap-from, or with "
            "trimap_from_mask in Python"
        )
    unknown, known_alpha = split_trimap(trimap)
    foreground = known_alpha == 1
    regions = {"background": ~unknown & ~foreground, "unknown": unknown, "foreground": foreground}
    oddities = [text for text in (_odd_levels(trimap, levels), _contradiction(**regions)) if text]
    return f"{'; '.join(oddities)} ({_shares(**regions)})" if oddities else None


def check_levels(trimap: np.ndarray) -> None:
    """Refuse a label map: raise `ValueError` if a uint8 trimap has several levels that would all be background."""
    if trimap.max(initial=0) >= UNKNOWN_FROM or len(levels := _levels(trimap)) < 2:
        return
    raise ValueError(
        f"{_names(levels)} would all be background; expected 0 (background), 128 (unknown) and 255 (foreground)"
    )


def _levels(trimap):
    return np.flatnonzero(np.bincount(trimap.ravel(), minlength=256)).tolist()


def _odd_levels(trimap, levels):
    if USUAL_LEVELS.issuperset(levels):
        return None
    if len(levels) <= FEW_LEVELS:
        odd: dict[str, list[str]] = {_read_as(level): [] for level in levels}
        for level in levels:
            if level not in USUAL_LEVELS:
                odd[_read_as(level)].append(str(level))
        readings = ", ".join(f"{' and '.join(names)} as {kind}" for kind, names in odd.items() if names)
        return f"{_names(levels)} instead of 0, 128 and 255, reading {readings}"
    distance = np.minimum(np.minimum(trimap, FOREGROUND - trimap), np.abs(trimap.astype(np.int16) - UNKNOWN))
    if (distance > 32).sum() < 0.1 * (distance > 0).sum():
        return (
            f"{len(levels)} levels around 0, 128 and 255, as JPEG files have; edges may be off by a pixel, so use PNG"
        )
    return (
        f"{len(levels)} levels, typical of a matte or a blurred trimap; below {UNKNOWN_FROM} is read as background, "
        f"from {FOREGROUND_FROM} as foreground"
    )


def _contradiction(background, unknown, foreground):
    if not unknown.any():
        return (
            f"no pixel is unknown (grey, {UNKNOWN_FROM} to {FOREGROUND_FROM - 1}); the known alpha is written as it is"
        )
    if unknown.all():
        return "every pixel is unknown; marking some background and foreground helps"
    if not foreground.any():
        return f"no pixel is foreground ({FOREGROUND_FROM} and above); marking some helps"
    if not background.any():
        return f"no pixel is background (below {UNKNOWN_FROM}); marking some helps"
    if _on_border(foreground).mean() > max(0.6, 1.25 * foreground.mean()):
        return "more foreground along the border than inside; black and white may be swapped"
    return None


def _on_border(region):
    return np.concatenate([region[0], region[-1], region[:, 0], region[:, -1]])


def _read_as(level):
    return "background" if level < UNKNOWN_FROM else "unknown" if level < FOREGROUND_FROM else "foreground"


def _names(levels):
    if len(levels) > FEW_LEVELS:
        return f"{len(levels)} levels from {levels[0]} to {levels[-1]}"
    if len(levels) == 1:
        return f"the level {levels[0]}"
    return f"the levels {', '.join(map(str, levels[:-1]))} and {levels[-1]}"


def _shares(**regions):
    return ", ".join(f"{_percent(region.mean())} {name}" for name, region in regions.items())


def _percent(share):
    percent = round(100 * float(share))
    return "<1 %" if share and not percent else f"{percent} %"
