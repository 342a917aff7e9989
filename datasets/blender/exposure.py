"""Two exposures of a scene: denoised colours from few paths, and exact alpha from many that only look for surfaces."""

from __future__ import annotations

import os
from pathlib import Path

import bpy
import numpy as np

#: Largest number of paths for the alpha of a pixel. Pixels that are clearly opaque or empty take fewer.
_ALPHA_SAMPLES = 128


def expose(scene: bpy.types.Scene, path: Path, samples: int, see_through: bool) -> None:
    """Render a scene to an RGBA picture whose alpha is the share of each pixel that is covered, without a denoiser.

    Args:
        scene: the scene.
        path: .png file to write, under a hidden name until it is complete.
        samples: paths per pixel for the colours.
        see_through: whether materials let light through, so alpha needs the same paths as the colours. Then there
            is one exposure, with `samples` paths per pixel.
    """
    cycles, layer = scene.cycles, scene.view_layers[0]
    hidden = path.with_name(f".{path.name}")
    cycles.samples, cycles.max_bounces = samples, 8 if see_through else 2
    cycles.use_denoising, cycles.use_adaptive_sampling = not see_through, see_through
    cycles.adaptive_threshold = 0.02
    picture = _render(scene, hidden)
    if not see_through:
        cycles.samples, cycles.max_bounces = _ALPHA_SAMPLES, 0
        cycles.use_denoising, cycles.use_adaptive_sampling = False, True
        cycles.adaptive_threshold, cycles.adaptive_min_samples = 0.01, 8
        # Adaptive sampling watches the colours: with white surfaces on black, they are alpha.
        layer.material_override = _white()
        picture = np.dstack([fill(picture), _render(scene, hidden)[..., 3]])
        _write(picture, hidden)
    os.replace(hidden, path)


def fill(picture: np.ndarray) -> np.ndarray:
    """Return the colours of a picture, those of empty pixels taken from around them.

    Args:
        picture: float32 array `[side, side, 4]`, RGBA, not multiplied by alpha.

    Returns:
        float32 array `[side, side, 3]`.
    """
    weighted = np.concatenate([picture[..., :3] * picture[..., 3:], picture[..., 3:]], axis=2)
    return _push_pull(weighted)


def _push_pull(weighted):
    weight = weighted[..., 3:]
    own = weighted[..., :3] / np.maximum(weight, 1e-6)
    side = len(weighted)
    if side <= 2:
        return own
    even = np.pad(weighted, ((0, side % 2), (0, side % 2), (0, 0)))
    coarse = even.reshape(len(even) // 2, 2, len(even) // 2, 2, 4).mean(axis=(1, 3))
    below = _push_pull(coarse).repeat(2, axis=0).repeat(2, axis=1)[:side, :side]
    trust = np.clip(4 * weight, 0, 1)
    return trust * own + (1 - trust) * below


def _white():
    white = bpy.data.materials.new("white")
    white.use_nodes = True
    tree = white.node_tree
    tree.nodes.clear()
    light, output = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(light.outputs["Emission"], output.inputs["Surface"])
    return white


def _render(scene, path):
    """Render to a file; return it as float32 `[side, side, 4]`, the lowest row first."""
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    side = image.size[0]
    bpy.data.images.remove(image)
    return pixels.reshape(side, side, 4)


def _write(picture, path):
    image = bpy.data.images.new("picture", picture.shape[1], picture.shape[0], alpha=True)
    image.pixels.foreach_set(picture.astype(np.float32).ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
