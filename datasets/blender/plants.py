"""Plants: stems that fan out from one foot, with leaves from blades of grass to broad ones."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import bpy
from bodies import add_material, pick_colour
from mathutils import Quaternion, Vector

_STEM_STEPS = 8
_LEAF_STEPS = 7
_MOST_LEAVES = 500  # more would hide the rest of the plant
_FOOT = Vector((0, 0, -0.7))
_UP = Vector((0, 0, 1))


def add_plant(rng: random.Random, photo: str) -> tuple[float, float]:
    """Add one plant, sometimes in a pot.

    Args:
        rng: `random.Random`.
        photo: not used; leaves have their own colours.

    Returns:
        The smallest and the largest distance of the camera.
    """
    plant = Mesh()
    stems = rng.randint(4, 40)
    leaves = min(rng.randint(2, 24), _MOST_LEAVES // stems)
    length, width = rng.uniform(0.1, 0.5), rng.choice((rng.uniform(0.03, 0.12), rng.uniform(0.1, 0.5)))
    spread, droop, radius = rng.uniform(0.3, 1.4), rng.uniform(0, 1.2), rng.uniform(0.004, 0.015)
    for _ in range(stems):
        path = _stem(rng, rng.uniform(0.6, 1.5), spread, droop)
        plant.add_tube(path, radius)
        for _ in range(leaves):
            plant.add_leaf(rng, path, length * rng.uniform(0.5, 1.2), width, droop)
    thing = plant.build()
    _paint(rng, thing)
    if rng.random() < 0.4:
        _add_pot(rng)
    return 2.0, 3.8


def _stem(rng, length, spread, droop):
    """Return `_STEM_STEPS + 1` points from the foot outwards, bent towards the ground."""
    around, lean = rng.uniform(0, 2 * math.pi), spread * rng.random()
    heading = Vector((math.sin(lean) * math.cos(around), math.sin(lean) * math.sin(around), math.cos(lean)))
    path = [_FOOT.copy()]
    for _ in range(_STEM_STEPS):
        astray = Vector([rng.uniform(-0.15, 0.15) for _ in range(3)])
        heading = (heading + astray - _UP * droop * 0.2 * rng.random()).normalized()
        path.append(path[-1] + heading * length / _STEM_STEPS)
    return path


class Mesh:
    """The vertices and faces of all parts of a plant, which is one object."""

    def __init__(self):
        self._vertices, self._faces, self._materials = [], [], []

    def add_tube(self, path: Sequence[Vector], radius: float) -> None:
        """Add a square tube along a path, thinner towards its end, with the material of the first leaves."""
        rows, side = [], (path[1] - path[0]).orthogonal()
        for step, point in enumerate(path):
            along = path[min(step + 1, len(path) - 1)] - path[max(step - 1, 0)]
            side = _across(side, along)
            spoke = side * radius * (1 - 0.7 * step / len(path))
            rows.append([point + Quaternion(along, turn * math.pi / 2) @ spoke for turn in range(5)])
        self._add_grid(rows, 0)

    def add_leaf(self, rng: random.Random, path: Sequence[Vector], length: float, width: float, droop: float) -> None:
        """Add a leaf at a random point of a path, `width` times as wide as long and folded along its centre line."""
        place = rng.uniform(1, len(path) - 1.001)
        step, share = int(place), place % 1
        root, along = path[step].lerp(path[step + 1], share), (path[step + 1] - path[step]).normalized()
        away = Quaternion(along, rng.uniform(0, 2 * math.pi)) @ along.orthogonal().normalized()
        heading, side = along.lerp(away, rng.uniform(0.3, 0.9)).normalized(), along.cross(away)
        fold, skew, rows = rng.uniform(-0.4, 0.4), rng.uniform(0.6, 1.4), []
        for row in range(_LEAF_STEPS + 1):
            side = _across(side, heading)
            half = side * 0.5 * width * length * (0.04 + 0.96 * math.sin(math.pi * (row / _LEAF_STEPS) ** skew))
            lift = heading.cross(side) * half.length * fold
            rows.append([root - half + lift, root.copy(), root + half + lift])
            heading = (heading - _UP * droop * rng.uniform(0, 0.4)).normalized()
            root = root + heading * length / _LEAF_STEPS
        self._add_grid(rows, rng.randrange(3))

    def _add_grid(self, rows, material):
        """Add the faces between the points of `rows`, lists of equal length."""
        first, across = len(self._vertices), len(rows[0])
        self._vertices += [point for row in rows for point in row]
        for row in range(len(rows) - 1):
            for column in range(across - 1):
                corner = first + row * across + column
                self._faces.append((corner, corner + 1, corner + across + 1, corner + across))
                self._materials.append(material)

    def build(self) -> bpy.types.Object:
        """Add the plant to the scene, without its materials, and return it."""
        mesh = bpy.data.meshes.new("plant")
        mesh.from_pydata(self._vertices, [], self._faces)
        mesh.polygons.foreach_set("material_index", self._materials)
        mesh.polygons.foreach_set("use_smooth", [True] * len(self._faces))
        thing = bpy.data.objects.new("plant", mesh)
        bpy.context.scene.collection.objects.link(thing)
        return thing


def _across(side, along):
    """Return the unit vector perpendicular to `along` that is nearest to `side`."""
    return (side - along * (side.dot(along) / along.length_squared)).normalized()


def _paint(rng, thing):
    """Add three shades of one colour, which is usually green."""
    if rng.random() < 0.7:
        base = [rng.uniform(0.02, 0.35), rng.uniform(0.1, 0.5), rng.uniform(0.01, 0.1)]
    else:
        base = pick_colour(rng)[:3]
    roughness = rng.uniform(0.25, 0.9)
    for _ in range(3):
        _, shader = add_material(thing, "leaf")
        shade = rng.uniform(0.5, 1.5)
        colour = (min(1, shade * part * rng.uniform(0.7, 1.3)) for part in base)
        shader.inputs["Base Color"].default_value = (*colour, 1)
        shader.inputs["Roughness"].default_value = roughness


def _add_pot(rng):
    """Add a pot beneath the foot of the plant."""
    height = rng.uniform(0.3, 0.6)
    radius = rng.uniform(0.2, 0.4)
    bpy.ops.mesh.primitive_cone_add(
        radius1=radius * rng.uniform(0.6, 1), radius2=radius, depth=height, location=_FOOT - _UP * (height / 2 - 0.05)
    )
    _, shader = add_material(bpy.context.object, "pot")
    shader.inputs["Base Color"].default_value = pick_colour(rng)
    shader.inputs["Roughness"].default_value = rng.uniform(0.2, 0.9)
