"""The figure of `hop-tf explain`."""

from typing import Any

import numpy as np


def draw(
    figure_class: type,
    photo: np.ndarray,
    pixel: tuple[int, int],
    gradients: dict[str, tuple[float, np.ndarray]],
    attention: dict[str, tuple[int, np.ndarray]],
    around: float,
) -> Any:
    """Draw photo, gradients and attention.

    Args:
        figure_class: `matplotlib.figure.Figure`.
        photo: uint8 array `[height, width, 3]`, RGB.
        pixel: pair of ints, row and column of the explained pixel.
        gradients: dict of network name to the result of `hop_tf.inference.explanation.alpha_gradient`.
        attention: result of `hop_tf.inference.explanation.attention_maps`.
        around: how far from the explained pixel the gradients are shown, in pixels.

    Returns:
        `figure_class`.
    """
    figure = figure_class(figsize=(16, 7.2 if attention else 3.6), layout="constrained")
    axes = figure.subplots(2 if attention else 1, 4, squeeze=False)
    grey = photo.mean(axis=2) / 255
    near = np.s_[*(slice(max(0, int(i - around)), int(i + around)) for i in pixel)]

    def panel(ax, title, heat=None, around=None):
        ax.imshow(photo if heat is None else _overlay(grey, heat))
        ax.plot(pixel[1], pixel[0], "o", color="red" if heat is None else "cyan", markersize=7, fillstyle="none")
        ax.set_title(title, fontsize=10)
        if around:
            ax.set_xlim(pixel[1] - around, pixel[1] + around)
            ax.set_ylim(pixel[0] + around, pixel[0] - around)

    panel(axes[0, 0], "photo")
    panel(axes[0, 1], "photo, enlarged", around=around)
    for ax, (name, (alpha, values)) in zip(axes[0, 2:], gradients.items(), strict=True):
        # A few pixels next to the marked one are so much brighter that nothing else would be visible.
        brightest = max(np.quantile(values[near], 0.995), np.finfo(np.float32).tiny)
        panel(ax, f"gradient {name}, alpha {alpha:.2f}", np.minimum(values / brightest, 1), around)
    for ax, (name, (stride, weights)) in zip(axes[-1], attention.items(), strict=False):
        heat = weights.repeat(stride, axis=0).repeat(stride, axis=1)[: photo.shape[0], : photo.shape[1]]
        reach = np.abs(np.argwhere(heat > 0) - pixel).max(initial=1)
        title = f"attention of {name}, at 1/{stride} size"
        panel(ax, title, heat / max(weights.max(), 1e-9), None if name == "global_hop" else 1.3 * reach)
    for ax in axes.flat:
        ax.axis("off")
    return figure


def _overlay(grey, heat):
    """Draw the square root of a heat map in 0..1 over a darkened grey photo: float `[height, width, 3]` in 0..1."""
    from matplotlib import colormaps  # late, as the package is optional

    heat = np.sqrt(np.maximum(heat, 0))[..., None]
    return (1 - heat) * 0.5 * grey[..., None] + heat * colormaps["inferno"](heat[..., 0])[..., :3]
