"""Glasses, bottles, vases and bowls, with highlights."""

from __future__ import annotations

import math
import random

import bpy
from bodies import add_material, pick_colour

_SEGMENTS = 64

#: Outlines (radius, height) from the foot upwards.
_OUTLINES = (
    ((0.3, -0.6), (0.04, -0.57), (0.035, -0.1), (0.28, 0.1), (0.34, 0.35), (0.26, 0.65)),  # wine glass
    ((0.28, -0.55), (0.3, -0.5), (0.32, 0.0), (0.35, 0.55)),  # tumbler
    ((0.24, -0.65), (0.26, -0.6), (0.26, 0.05), (0.09, 0.3), (0.08, 0.65)),  # bottle
    ((0.2, -0.55), (0.32, -0.3), (0.22, 0.1), (0.14, 0.3), (0.26, 0.6)),  # vase
    ((0.15, -0.3), (0.4, -0.15), (0.52, 0.1), (0.56, 0.3)),  # bowl
)


def add_glassware(rng: random.Random, photo: str) -> tuple[float, float]:
    """Add a glass of random shape, sometimes with a drink; alpha is the share of light from behind that it stops.

    Args:
        rng: `random.Random`.
        photo: not used.

    Returns:
        The smallest and the largest distance of the camera.
    """
    outline = [(radius * rng.uniform(0.8, 1.2), height) for radius, height in rng.choice(_OUTLINES)]
    outline = _smooth(outline)
    wall, flutes = rng.uniform(0.01, 0.04), rng.choice((0, 0, rng.randint(6, 20)))
    inner = [(max(radius - wall, 0.004), height + wall) for radius, height in reversed(outline)]
    glass = _revolve([(0.0, outline[0][1]), *outline, *inner, (0.0, inner[-1][1])], flutes, rng.uniform(0.01, 0.05))
    _, shader = add_material(glass, "glass")
    tint = rng.choice((0, 0, rng.uniform(0, 0.7)))
    shader.inputs["Base Color"].default_value = (*(1 - tint * rng.random() for _ in range(3)), 1)
    shader.inputs["Transmission Weight"].default_value = 1
    shader.inputs["Roughness"].default_value = rng.choice((0, 0, rng.uniform(0, 0.15)))
    shader.inputs["IOR"].default_value = rng.uniform(1.1, 1.5)
    things = [glass]
    if rng.random() < 0.35:
        level = rng.uniform(0.3, 0.8)
        filled = [(radius * 0.97, height) for radius, height in reversed(inner)][: max(3, round(level * len(inner)))]
        drink = _revolve([(0.0, filled[0][1]), *filled, (0.0, filled[-1][1])], 0, 0)
        _, liquid = add_material(drink, "drink")
        liquid.inputs["Base Color"].default_value = pick_colour(rng)
        liquid.inputs["Transmission Weight"].default_value = rng.choice((0, rng.uniform(0.5, 1)))
        liquid.inputs["Roughness"].default_value, liquid.inputs["IOR"].default_value = 0.05, 1.2
        things.append(drink)
    turn = (rng.uniform(-0.3, 0.5), rng.uniform(-0.3, 0.3), rng.uniform(0, 6))
    for thing in things:
        thing.rotation_euler = turn
    return 1.6, 3.2


def _smooth(outline):
    """Round an outline by cutting its corners three times."""
    for _ in range(3):
        cut = [outline[0]]
        for (r, z), (other_r, other_z) in zip(outline, outline[1:], strict=False):
            cut += [(0.75 * r + 0.25 * other_r, 0.75 * z + 0.25 * other_z)]
            cut += [(0.25 * r + 0.75 * other_r, 0.25 * z + 0.75 * other_z)]
        outline = [*cut, outline[-1]]
    return outline


def _revolve(outline, flutes, depth):
    """Add the surface that an outline (radius, height) sweeps around the upright axis, with `flutes` grooves."""
    points, faces = [], []
    for radius, height in outline:
        for segment in range(_SEGMENTS):
            angle = 2 * math.pi * segment / _SEGMENTS
            reach = radius * (1 + depth * math.cos(flutes * angle) * (flutes > 0))
            points.append((reach * math.cos(angle), reach * math.sin(angle), height))
    for ring in range(len(outline) - 1):
        for segment in range(_SEGMENTS):
            after = (segment + 1) % _SEGMENTS
            low, high = ring * _SEGMENTS, (ring + 1) * _SEGMENTS
            faces.append((low + segment, low + after, high + after, high + segment))
    mesh = bpy.data.meshes.new("glass")
    mesh.from_pydata(points, [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    thing = bpy.data.objects.new("glass", mesh)
    bpy.context.scene.collection.objects.link(thing)
    return thing
