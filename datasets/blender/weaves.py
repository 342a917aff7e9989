"""Things with fine regular parts: combs and other teeth, wicker and lattices."""

from __future__ import annotations

import math
import random

import bpy
from bodies import add_material, pick_colour
from mathutils import Vector

_DISTANCE = (1.6, 3.4)
_STEPS = 8  # points of a wicker rod between two stakes


def add_comb(rng: random.Random, photo: str) -> tuple[float, float]:
    """Add a row of teeth on a back: a comb, a rake, a brush, a grille if there are two backs.

    Args:
        rng: `random.Random`.
        photo: not used.

    Returns:
        The smallest and the largest distance of the camera.
    """
    teeth, length = rng.randint(12, 90), rng.uniform(0.15, 0.9)
    pitch = 1.6 / teeth
    radius = pitch * rng.uniform(0.12, 0.42)
    bow, lean = rng.uniform(0, 0.3) * rng.choice((0, 1)), rng.uniform(-0.3, 0.3) * rng.choice((0, 1))
    rods = []
    for tooth in range(teeth):
        x = (tooth + 0.5) * pitch - 0.8
        root = Vector((x, bow * x * x, 0.3))
        tip = root + Vector((lean * length, rng.gauss(0, 0.01), -length * (1 + rng.gauss(0, 0.01))))
        rods.append([root, root.lerp(tip, 0.6), tip])
    taper = rng.uniform(0.3, 1)
    comb = add_rods(rods, radius, [1, 1, taper])
    backs = [0.3, 0.3 - length] if rng.random() < 0.3 and not lean else [0.3]
    edges = [[Vector((x / 10, bow * x * x / 100, height)) for x in range(-8, 9)] for height in backs]
    back = add_rods(edges, max(radius * 1.2, rng.uniform(0.02, 0.12)), [1] * 17)
    _, shader = add_material(comb, "comb")
    back.data.materials.append(comb.data.materials[0])
    shader.inputs["Base Color"].default_value = pick_colour(rng)
    shader.inputs["Roughness"].default_value = rng.uniform(0.1, 0.7)
    shader.inputs["Metallic"].default_value = rng.choice((0, 0, 1))
    turn = (rng.uniform(-0.5, 0.5), rng.uniform(-math.pi, math.pi), rng.uniform(-0.7, 0.7))
    for part in (comb, back):
        part.rotation_euler = turn
    return _DISTANCE


def add_wicker(rng: random.Random, photo: str) -> tuple[float, float]:
    """Add a basket, a chair's back or a mat of rods woven in front of and behind stakes, with gaps between them.

    Arguments and result are those of `add_comb`.
    """
    stakes, rows = rng.randrange(12, 48, 2) + 1, rng.randint(8, 40)
    height = rng.uniform(0.6, 1.3)
    row = height / rows
    radius = row * rng.uniform(0.15, 0.5)
    around, flare, belly = rng.choice((0.8, math.pi, 2 * math.pi, 2 * math.pi)), rng.uniform(-0.2, 0.5), rng.random()

    def place(turn, level, out):
        reach = 0.5 * (1 + flare * level + 0.2 * belly * math.sin(math.pi * level)) + out
        angle = around * (turn - 0.5)
        return Vector((reach * math.sin(angle), -reach * math.cos(angle), height * (level - 0.5)))

    over = rng.choice((1, 1, 2))
    rods = []
    for number in range(rows + 1):
        points = []
        for step in range(stakes * _STEPS + 1):
            wave = math.sin(math.pi * (step / _STEPS / over + number))
            points.append(
                place(step / stakes / _STEPS, number / rows, radius * 1.3 * wave + rng.gauss(0, 0.05 * radius))
            )
        rods.append(points)
    basket = add_rods(rods, radius, [1] * len(rods[0]))
    uprights = [[place(stake / stakes, level / 12, 0) for level in range(-1, 14)] for stake in range(stakes + 1)]
    frame = add_rods(uprights, radius * rng.uniform(0.7, 1.3), [1] * 15)
    for thing in (basket, frame):
        _, shader = add_material(thing, "cane")
        colour = rng.choice(((0.55, 0.35, 0.15), (0.25, 0.13, 0.06), (0.7, 0.6, 0.45), pick_colour(rng)[:3]))
        shader.inputs["Base Color"].default_value = (*(part * rng.uniform(0.7, 1.2) for part in colour), 1)
        shader.inputs["Roughness"].default_value = rng.uniform(0.4, 0.8)
    turn = (rng.uniform(-0.5, 0.6), rng.uniform(-0.4, 0.4), rng.uniform(0, 2 * math.pi) if around > 4 else 0)
    for part in (basket, frame):
        part.rotation_euler = turn
    return _DISTANCE


def add_rods(paths: list[list[Vector]], radius: float, profile: list[float]) -> bpy.types.Object:
    """Add round rods along paths, and return them as one object.

    Args:
        paths: points of each rod.
        radius: radius of a rod.
        profile: factor of the radius at each point.
    """
    curve = bpy.data.curves.new("rods", "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution, curve.use_fill_caps = "3D", radius, 1, True
    for path in paths:
        spline = curve.splines.new("POLY")
        spline.points.add(len(path) - 1)
        for point, place, factor in zip(spline.points, path, profile, strict=True):
            point.co, point.radius = (*place, 1), factor
        spline.use_smooth = True
    rods = bpy.data.objects.new("rods", curve)
    bpy.context.scene.collection.objects.link(rods)
    return rods
