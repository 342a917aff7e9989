"""Hair and fur on heads and animals, from long hair in the wind to eyebrows."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np
from bodies import add_material, pick_colour
from heads import Body, animal, head, sample_surface
from scene import VIEW
from strands import add_curves, add_nodes, colour_strands, grow

Range = tuple[float, float]


@dataclass(frozen=True)
class Style:
    """How hair of a kind grows: ranges of its settings, in units of about the height of a head.

    Attributes:
        body: function that returns the body.
        where: function from points on the body `[n, 3]` to the relative density of hair there `[n]`.
        strands: number of strands.
        length: length of the strands.
        pull: strength of gravity.
        lay: 0 for hair that stands up, 1 for hair combed flat.
        distance: distance of the camera.
        height: height of the point that the camera looks at.
        turn: largest turn of the body away from the camera in radians.
    """

    body: Callable[[np.random.Generator], Body]
    where: Callable[[np.ndarray], np.ndarray]
    strands: Range
    length: Range
    pull: Range
    lay: Range
    distance: Range
    height: Range
    turn: float = 3.2


def _scalp(points):
    x, y, z = points.T
    front = y + 0.3 - 0.75 * (0.3 - z)
    return np.clip(front / 0.05, 0, 1) * np.clip((z + 0.35) / 0.08, 0, 1)


def _face(points):
    """Beard, moustache and eyebrows."""
    x, y, z = points.T
    beard = (y < 0.02) & (z < -0.2) & (z > -0.55) & ((z < -0.36) | (np.abs(x) > 0.1) | (z > -0.28))
    brows = (y < -0.2) & (np.abs(np.abs(x) - 0.12) < 0.08) & (np.abs(z - 0.06) < 0.02)
    return (beard & ~((y < -0.36) & (z > -0.22))) + 2.0 * brows


def _everywhere(points):
    return np.ones(len(points))


KINDS = {
    "long": Style(head, _scalp, (15e3, 45e3), (0.5, 1.7), (0.5, 1.5), (0.5, 1.0), (1.5, 3.6), (-0.6, 0.2)),
    "curly": Style(head, _scalp, (8e3, 25e3), (0.4, 1.3), (0.2, 1.0), (0.2, 0.8), (1.5, 3.4), (-0.4, 0.3)),
    "braided": Style(head, _scalp, (15e3, 30e3), (0.8, 1.6), (0.6, 1.5), (0.7, 1.0), (1.5, 3.6), (-0.7, 0.2)),
    "frizzy": Style(head, _scalp, (15e3, 45e3), (0.2, 0.6), (0.0, 0.3), (0.0, 0.4), (1.4, 3.0), (-0.2, 0.4)),
    "short": Style(head, _scalp, (15e3, 40e3), (0.06, 0.3), (0.0, 0.5), (0.2, 0.9), (1.0, 2.6), (-0.2, 0.4)),
    "beard": Style(head, _face, (3e3, 12e3), (0.04, 0.4), (0.3, 1.0), (0.2, 0.7), (0.8, 2.0), (-0.5, -0.1), 1.4),
    "fur": Style(animal, _everywhere, (50e3, 120e3), (0.03, 0.22), (0.0, 0.6), (0.4, 1.0), (1.0, 3.0), (-0.2, 0.3)),
}


def add_hairy(rng: random.Random, kind: str, size: int) -> tuple[Range, Range]:
    """Add a body with hair.

    Args:
        rng: `random.Random`.
        kind: a key of `KINDS`.
        size: side of the picture in pixels, on which the width of the strands depends.

    Returns:
        The range of the camera's distance, which is one number, and that of the height that it looks at.
    """
    style, numbers = KINDS[kind], np.random.default_rng(rng.randrange(2**32))
    away = rng.uniform(*style.distance)
    body = style.body(numbers)
    thing = body.build()
    material = bpy.data.materials.new("hair")
    material.use_nodes = True
    colour = colour_strands(rng, material)
    _dress(rng, thing, _skin(rng, colour, style.body is animal))

    count, length = round(numbers.uniform(*style.strands)), _log_uniform(rng, *style.length)
    strands = _strands(numbers, style, body, thing, count, length)
    pixel = VIEW * away / size
    radius = 0.5 * pixel * _log_uniform(rng, 0.1, 1.0)
    hair = add_curves(strands, radius * numbers.lognormal(0, 0.35, count), rng.uniform(0.15, 0.7), material)
    _comb(rng, hair, kind, length)
    turn, lean = rng.uniform(-style.turn, style.turn), rng.uniform(-0.1, 0.1)
    for part in (thing, hair):
        part.rotation_euler = (lean, 0, turn)
    return (away, away), style.height


def _strands(numbers, style, body, thing, count, length):
    roots, normals = sample_surface(numbers, thing, count, style.where)
    lay = numbers.uniform(*style.lay)
    flat = _flow(numbers, roots, style.body is animal)
    flat -= (flat * normals).sum(axis=1, keepdims=True) * normals
    headings = (1 - lay) * normals + lay * flat + numbers.normal(0, 0.15, (count, 3))
    headings /= np.linalg.norm(headings, axis=1, keepdims=True)
    stray = numbers.random(count) < numbers.uniform(0.01, 0.1)
    wild = numbers.uniform(0.1, 0.8) * np.where(stray, 3, 1) * numbers.lognormal(0, 0.2, count)
    lengths = length * numbers.beta(5, 1.5, count) * np.where(stray, 1.15, 1)
    return grow(numbers, roots, headings, lengths, numbers.uniform(*style.pull), wild, body.push_out)


def _flow(numbers, roots, beast):
    """Return where hair is combed: away from the crown, or along the back of an animal and down."""
    if beast:
        return np.array((0, 1, -0.5)) + numbers.normal(0, 0.2, 3) + np.zeros_like(roots)
    away = roots - (numbers.uniform(-0.15, 0.15), numbers.uniform(-0.1, 0.25), 0.6)
    return away / np.linalg.norm(away, axis=1, keepdims=True) + numbers.normal(0, 0.3, 3)


def _comb(rng, hair, kind, length):
    """Style the strands by Blender's hair nodes."""

    def seed():
        return rng.randrange(10_000)

    apart = min(rng.uniform(0.03, 0.12), 0.4 * length)
    if kind == "braided":
        add_nodes(
            hair, "Braid Hair Curves", existing_guide_map=False, guide_distance=rng.uniform(0.12, 0.3),
            radius=rng.uniform(0.03, 0.06), frequency=rng.uniform(4, 9) / length, subdivision=2,
            braid_start=rng.uniform(0.1, 0.35), thickness=rng.uniform(0.3, 0.6), flare_length=0.05 * length,
        )  # fmt: skip
    else:
        clump = rng.uniform(0.1, 0.95)
        add_nodes(
            hair, "Clump Hair Curves", existing_guide_map=False, guide_distance=apart, factor=clump,
            shape=rng.uniform(-0.3, 0.8), tip_spread=rng.uniform(0, 0.02), seed=seed(),
        )  # fmt: skip
    if kind == "curly" or (kind == "beard" and rng.random() < 0.4):
        add_nodes(
            hair, "Curl Hair Curves", existing_guide_map=rng.random() < 0.7, guide_distance=apart,
            radius=rng.uniform(0.01, 0.035), frequency=rng.uniform(3, 9), subdivision=2, seed=seed(),
            curl_start=rng.uniform(0, 0.2), random_offset=rng.uniform(0.05, 0.4),
        )  # fmt: skip
    fine = {"frizzy": (0.02, 0.06), "curly": (0.002, 0.015)}.get(kind, (0.0, 0.012))
    add_nodes(hair, "Hair Curves Noise", distance=rng.uniform(*fine), scale=rng.uniform(2, 12), seed=seed())
    add_nodes(
        hair, "Frizz Hair Curves", cumulative_offset=False, distance=0.4 * rng.uniform(*fine), shape=0.3, seed=seed()
    )


def _dress(rng, thing, skin):
    """Give the body a skin, and cloth below the neck of a head."""
    for name, colour in (("skin", (*skin, 1)), ("cloth", pick_colour(rng))):
        _, shader = add_material(thing, name)
        shader.inputs["Base Color"].default_value = colour
        shader.inputs["Roughness"].default_value = rng.uniform(0.5, 0.8)
    neck = rng.uniform(-0.95, -0.75)
    for face in thing.data.polygons:
        face.material_index = int(face.center.z < neck)


def _skin(rng, hair, beast):
    if beast:
        share = rng.uniform(0.3, 1)
        return [share * part for part in hair]
    tone = _log_uniform(rng, 0.08, 0.8)
    return [tone, tone * rng.uniform(0.55, 0.75), tone * rng.uniform(0.35, 0.6)]


def _log_uniform(rng, low, high):
    return low * (high / low) ** rng.random()
