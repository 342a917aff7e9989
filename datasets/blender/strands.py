"""Strands: curves that grow from a surface, Blender's hair nodes that style them, and the material of hair."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import bpy
import numpy as np

_STEPS = 22
_NODES = "datafiles/assets/geometry_nodes/procedural_hair_node_assets.blend"


def grow(
    rng: np.random.Generator,
    roots: np.ndarray,
    headings: np.ndarray,
    lengths: np.ndarray,
    pull: float,
    wild: np.ndarray,
    push_out: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:
    """Grow strands that bend under gravity, in locks, and slide over the body.

    Args:
        rng: random generator.
        roots: `[strands, 3]`, where they start.
        headings: `[strands, 3]`, unit vectors, where they point first.
        lengths: `[strands]`.
        pull: strength of gravity.
        wild: `[strands]`, strength of the bends that locks share.
        push_out: function from points `[n, 3]` and gaps `[n, 1]` to points outside the body.

    Returns:
        float32 array `[strands, points, 3]`.
    """
    gap = rng.gamma(2, 0.012, (len(roots), 1))
    step = (lengths / _STEPS)[:, None]
    bend, wave = _field(rng, 1.2), _field(rng, 5)
    down = np.array((0, 0, -pull))
    points = [roots]
    for _ in range(_STEPS):
        here = points[-1]
        headings = headings + step * 3 * (down + wild[:, None] * (bend(here) + 0.7 * wave(here)))
        headings /= np.linalg.norm(headings, axis=1, keepdims=True)
        there = push_out(here + step * headings, gap)
        slid = there - here
        far = np.linalg.norm(slid, axis=1, keepdims=True)
        slid *= step / np.maximum(far, 1e-6)
        headings = 0.5 * headings + 0.5 * slid / step
        points.append(here + slid)
    return np.stack(points, axis=1).astype(np.float32)


def _field(rng, frequency):
    """Return a smooth random vector field, a function from points `[n, 3]` to vectors `[n, 3]` of about 1."""
    waves = rng.normal(0, frequency, (5, 3))
    phases, size = rng.uniform(0, 2 * np.pi, 5), rng.normal(0, 0.6, (5, 3))
    return lambda points: np.sin(points @ waves.T + phases) @ size


def add_curves(strands: np.ndarray, radii: np.ndarray, taper: float, material: bpy.types.Material) -> bpy.types.Object:
    """Add strands to the scene as hair curves.

    Args:
        strands: `[strands, points, 3]`.
        radii: `[strands]`, radius at the root.
        taper: share of the radius that is left at the tip.
        material: material of the hair.
    """
    count, points, _ = strands.shape
    curves = bpy.data.hair_curves.new("hair")
    curves.add_curves([points] * count)
    curves.position_data.foreach_set("vector", strands.ravel())
    profile = 1 - (1 - taper) * np.linspace(0, 1, points) ** 2
    radius = curves.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", np.outer(radii, profile).astype(np.float32).ravel())
    curves.materials.append(material)
    thing = bpy.data.objects.new("hair", curves)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def add_nodes(thing: bpy.types.Object, name: str, **values) -> None:
    """Style hair curves by one of Blender's hair node groups.

    Args:
        thing: the hair curves.
        name: name of the group, such as `"Clump Hair Curves"`.
        **values: values of its inputs, named in lower case with underscores.
    """
    if name not in bpy.data.node_groups:
        path = os.path.join(bpy.utils.resource_path("LOCAL"), _NODES)
        with bpy.data.libraries.load(path) as (_, wanted):
            wanted.node_groups = [name]
    group = bpy.data.node_groups[name]
    modifier = thing.modifiers.new(name, "NODES")
    modifier.node_group = group
    inputs = {
        item.name.lower().replace(" ", "_"): item.identifier
        for item in group.interface.items_tree
        if item.item_type == "SOCKET" and item.in_out == "INPUT"
    }
    for key, value in values.items():
        modifier[inputs[key]] = value


def colour_strands(rng: random.Random, material: bpy.types.Material) -> tuple[float, float, float]:
    """Colour hair from white and blond to black by melanin, or dye it; return about its colour, linear RGB."""
    tree = material.node_tree
    tree.nodes.clear()
    shader, output = tree.nodes.new("ShaderNodeBsdfHairPrincipled"), tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(shader.outputs["BSDF"], output.inputs["Surface"])
    shader.inputs["Roughness"].default_value = rng.uniform(0.2, 0.5)
    shader.inputs["Radial Roughness"].default_value = rng.uniform(0.2, 0.6)
    shader.inputs["Random Roughness"].default_value = 0.2
    if rng.random() < 0.2:
        shader.parametrization = "COLOR"
        tip = [rng.random() ** 2 * 0.8 + 0.02 for _ in range(3)]
        root = tip if rng.random() < 0.5 else [rng.uniform(0.01, 0.1)] * 3
        along, ramp = tree.nodes.new("ShaderNodeHairInfo"), tree.nodes.new("ShaderNodeValToRGB")
        for element, colour in zip(ramp.color_ramp.elements, (root, tip), strict=True):
            element.color = (*colour, 1)
        ramp.color_ramp.elements[0].position = rng.uniform(0, 0.3)
        ramp.color_ramp.elements[1].position = rng.uniform(0.4, 1)
        tree.links.new(along.outputs["Intercept"], ramp.inputs["Fac"])
        tree.links.new(ramp.outputs["Color"], shader.inputs["Color"])
        return tuple(tip)
    shader.parametrization = "MELANIN"
    melanin = rng.choice((rng.uniform(0.0, 0.25), rng.uniform(0.25, 0.6), rng.uniform(0.6, 1)))
    redness = rng.choice((rng.uniform(0, 0.4), rng.uniform(0.4, 1)))
    shader.inputs["Melanin"].default_value = melanin
    shader.inputs["Melanin Redness"].default_value = redness
    shader.inputs["Random Color"].default_value = rng.uniform(0, 0.4)
    dark = (1 - melanin) ** 2
    return 0.03 + 0.7 * dark, 0.025 + 0.6 * dark * (1 - 0.3 * redness), 0.02 + 0.45 * dark * (1 - 0.6 * redness)
