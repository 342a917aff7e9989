"""Heads and animals: bodies of ellipsoids, from which hair grows and which it does not enter."""

from __future__ import annotations

import math
from collections.abc import Callable

import bmesh
import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector

#: Size of a voxel of the surface; the head is about one unit high.
_VOXEL = 0.025


class Body:
    """A union of ellipsoids.

    Args:
        parts: one (centre, radii, turn about x in radians) for each ellipsoid.
    """

    def __init__(self, parts: list[tuple[tuple[float, float, float], tuple[float, float, float], float]]):
        self.centres = np.array([centre for centre, _, _ in parts])
        self.radii = np.array([radii for _, radii, _ in parts])
        self.turns = [turn for _, _, turn in parts]

    def push_out(self, points: np.ndarray, gap: float) -> np.ndarray:
        """Return points `[n, 3]`, those inside or closer than `gap` moved outside."""
        for centre, radii, turn in zip(self.centres, self.radii, self.turns, strict=True):
            to_world = _turn(turn)
            local = (points - centre) @ to_world / (radii + gap)
            distance = np.linalg.norm(local, axis=1, keepdims=True)
            points = np.where(
                distance < 1, (local / np.maximum(distance, 1e-6) * (radii + gap)) @ to_world.T + centre, points
            )
        return points

    def build(self) -> bpy.types.Object:
        """Add the body to the scene as one smooth mesh, and return it."""
        shape = bmesh.new()
        for centre, radii, turn in zip(self.centres, self.radii, self.turns, strict=True):
            place = Matrix.LocRotScale(Vector(centre), Euler((turn, 0, 0)), Vector(radii))
            bmesh.ops.create_uvsphere(shape, u_segments=48, v_segments=24, radius=1, matrix=place)
        body = bpy.data.objects.new("body", bpy.data.meshes.new("body"))
        shape.to_mesh(body.data)
        bpy.context.scene.collection.objects.link(body)
        union = body.modifiers.new("union", "REMESH")
        union.mode, union.voxel_size, union.use_smooth_shade = "VOXEL", _VOXEL, True
        smooth = body.modifiers.new("smooth", "SMOOTH")
        smooth.iterations = 6
        mesh = bpy.data.meshes.new_from_object(body.evaluated_get(bpy.context.evaluated_depsgraph_get()))
        body.modifiers.clear()
        body.data = mesh
        return body


def sample_surface(
    rng: np.random.Generator,
    body: bpy.types.Object,
    count: int,
    density: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return points on a body and the normals there, both `[count, 3]`.

    Args:
        rng: random generator.
        body: a mesh object at the origin.
        count: number of points.
        density: function from points `[n, 3]` to their relative density `[n]`.
    """
    mesh = body.data
    mesh.calc_loop_triangles()
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    normals = np.empty_like(points)
    mesh.vertices.foreach_get("normal", normals.ravel())
    triangles = np.empty((len(mesh.loop_triangles), 3), np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles.ravel())
    corners = points[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    share = area * density(corners.mean(axis=1))
    chosen = rng.choice(len(triangles), count, p=share / share.sum())
    weight = rng.dirichlet((1, 1, 1), count)[..., None]
    normal = (normals[triangles[chosen]] * weight).sum(axis=1)
    return (corners[chosen] * weight).sum(axis=1), normal / np.linalg.norm(normal, axis=1, keepdims=True)


def head(rng: np.random.Generator) -> Body:
    """Return a rough human head with neck and shoulders, which looks along -y."""

    def vary(*values):
        return tuple(value * rng.uniform(0.92, 1.08) for value in values)

    return Body([
        ((0, 0.03, 0.1), vary(0.33, 0.42, 0.4), 0),  # skull
        ((0, -0.1, -0.16), vary(0.25, 0.27, 0.34), 0.2),  # face
        ((0, -0.17, -0.37), vary(0.15, 0.17, 0.13), 0),  # chin
        ((0, -0.4, -0.12), vary(0.05, 0.07, 0.1), 0.3),  # nose
        ((0.33, 0.02, -0.08), vary(0.04, 0.07, 0.1), 0),  # ears
        ((-0.33, 0.02, -0.08), vary(0.04, 0.07, 0.1), 0),
        ((0, 0.06, -0.6), vary(0.18, 0.19, 0.4), -0.15),  # neck
        ((0, 0.1, -1.1), vary(0.75, 0.26, 0.3), 0),  # shoulders
        ((0, 0.1, -1.6), vary(0.6, 0.3, 0.6), 0),
    ])  # fmt: skip


def animal(rng: np.random.Generator) -> Body:
    """Return a rough animal on four legs, which looks along -y."""

    def vary(*values):
        return tuple(value * rng.uniform(0.8, 1.25) for value in values)

    reach, height = rng.uniform(0.35, 0.6), rng.uniform(-0.1, 0.35)
    skull = np.array((0, -reach - 0.2, height))
    ears = vary(0.06, 0.05, rng.choice([0.1, 0.16, 0.25]))
    parts = [
        ((0, 0, 0), vary(0.26, reach, 0.27), 0),
        (tuple(skull), vary(0.18, 0.2, 0.18), 0),
        (tuple(skull + (0, -0.2, -0.06)), vary(0.09, 0.15, 0.08), 0),
        (tuple(skull / 2), vary(0.15, 0.25, 0.16), math.atan2(-height, reach + 0.2)),
        ((0, reach + 0.1, 0.12), vary(0.05, 0.32, 0.06), rng.uniform(-0.8, 0.8)),  # tail
    ]
    for side in (-1, 1):
        parts.append((tuple(skull + (side * 0.12, 0.04, 0.18)), ears, -0.2))
        parts += [((side * 0.15, place, -0.4), vary(0.08, 0.09, 0.32), 0) for place in (-0.7 * reach, 0.7 * reach)]
    return Body(parts)


def _turn(angle):
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array(((1, 0, 0), (0, cosine, -sine), (0, sine, cosine)))
