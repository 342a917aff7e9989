"""The matting equation, I = a F + (1 - a) B, and laying one foreground over another."""

import numpy as np


def composite(foreground, background, alpha):
    """Lays a foreground over a background.

    Args:
        foreground, background: uint8 RGB [H, W, 3].
        alpha: float32 [H, W], 0..1.

    Returns:
        uint8 RGB [H, W, 3], rounded.
    """
    over = alpha[..., None]
    mixed = background + over * (foreground.astype(np.float32) - background)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def merge(front, back):
    """One foreground in front of another, as one: alpha = 1 - (1 - a1)(1 - a2).

    Args:
        front, back: (uint8 RGB [H, W, 3], alpha float32 [H, W]).

    Returns:
        (uint8 RGB [H, W, 3], alpha float32 [H, W]) that composites as the two laid one after the other.
    """
    (front_colour, front_alpha), (back_colour, back_alpha) = front, back
    alpha = 1 - (1 - front_alpha) * (1 - back_alpha)
    share = np.where(alpha > 1e-4, front_alpha / np.maximum(alpha, 1e-4), 0.5)
    return composite(front_colour, back_colour, np.clip(share, 0, 1)), alpha.astype(np.float32)
