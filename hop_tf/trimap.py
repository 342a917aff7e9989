"""The grey levels of a trimap, as the network reads them."""

import numpy as np

# Lower levels are background.
UNKNOWN_FROM = 85
FOREGROUND_FROM = 170


def split_trimap(trimap):
    """Splits a uint8 trimap `[height, width]` into what is to be found and what is known.

    Returns:
        Tuple of the unknown pixels, bool `[height, width]`, and the known alpha, float32 `[height, width]`: 1 in the
        foreground, 0 elsewhere.
    """
    foreground = trimap >= FOREGROUND_FROM
    return (trimap >= UNKNOWN_FROM) & ~foreground, foreground.astype(np.float32)
