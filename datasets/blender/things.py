"""Nets, glass, veils, cloths and solid objects. Each function returns the range of the camera's distance."""

from __future__ import annotations

import random
from statistics import median

import bpy
from bodies import add_body, add_material, paint_pattern, paint_photo, pick_colour

_DISTANCE = (1.6, 3.4)


def add_net(rng: random.Random, photo: str) -> tuple[float, float]:
    """Add a wire mesh, basket or lace: the edges of a body, metallic or painted."""
    detail = round(12 * 6 ** rng.random())
    body = add_body(rng, ("sphere", "torus", "sheet", "tube", "tube", "tube", "tube"), 0.15, detail)
    levels = body.modifiers["subdivide"].render_levels = rng.choice((0, 0, 1))
    way = rng.random()
    if way < 0.3:
        uneven = body.modifiers.new("uneven", "DECIMATE")
        uneven.ratio = rng.uniform(0.2, 0.7)
    elif way < 0.6:
        lozenges = body.modifiers.new("lozenges", "DECIMATE")
        lozenges.decimate_type, lozenges.iterations = "UNSUBDIV", 1
    wires = body.modifiers.new("wires", "WIREFRAME")
    wires.thickness = min(rng.uniform(0.006, 0.025), rng.uniform(0.15, 0.55) * edge_length(body) / 2**levels)
    _, shader = add_material(body, "wire")
    shader.inputs["Base Color"].default_value = pick_colour(rng)
    shader.inputs["Metallic"].default_value = rng.choice((0, 1, 1))
    shader.inputs["Roughness"].default_value = rng.uniform(0.1, 0.7)
    for _ in range(rng.choice((0, 0, 1, 2, 3))):
        _put_inside(rng, photo)
    return _DISTANCE


def edge_length(body: bpy.types.Object) -> float:
    """Return the median length of the edges of a body before its modifiers."""
    points = body.data.vertices
    ends = ((points[index].co for index in edge.vertices) for edge in body.data.edges)
    return median((first - second).length for first, second in ends)


def _put_inside(rng, photo):
    """Put a solid object into the net, or a stick that reaches out of it, so not only background is behind it."""
    add_solid(rng, photo)
    content, size = bpy.context.object, rng.uniform(0.2, 0.6)
    thin, long = rng.choice(((1, 1), (0.1, 2), (0.25, 2)))
    content.scale = (thin * size, thin * size, long * size)
    content.rotation_euler = [rng.uniform(-0.7, 0.7) for _ in range(3)]
    content.location = [rng.uniform(-0.4, 0.4) for _ in range(3)]


def add_glass(rng: random.Random, photo: str) -> tuple[float, float]:
    """Add a clear or tinted body with highlights; alpha is the share of the light behind it that it absorbs."""
    body = add_body(rng, ("sphere", "cylinder", "cone", "torus", "monkey"), bumps=0.1)
    _, shader = add_material(body, "glass")
    tint = rng.uniform(0.5, 1)
    shader.inputs["Base Color"].default_value = (*(1 - tint * 0.5 * rng.random() for _ in range(3)), 1)
    shader.inputs["Transmission Weight"].default_value = rng.uniform(0.6, 1)
    shader.inputs["Roughness"].default_value = rng.uniform(0, 0.15)
    shader.inputs["IOR"].default_value = rng.uniform(1.05, 1.5)
    return _DISTANCE


def add_veil(rng: random.Random, photo: str) -> tuple[float, float]:
    """Add a thin cloth of even transparency."""
    body = add_body(rng, ("sheet", "sheet", "cone"))
    _, shader = add_material(body, "veil")
    shader.inputs["Base Color"].default_value = pick_colour(rng)
    shader.inputs["Alpha"].default_value = rng.uniform(0.2, 0.8)
    shader.inputs["Roughness"].default_value = 0.8
    return _DISTANCE


def add_solid(rng: random.Random, photo: str) -> tuple[float, float]:
    """Add an opaque object: painted, patterned or wrapped in a photo."""
    body = add_body(rng)
    material, shader = add_material(body, "solid")
    shader.inputs["Roughness"].default_value = rng.uniform(0.1, 0.9)
    shader.inputs["Metallic"].default_value = rng.choice((0, 0, 0, 1))
    way = rng.random()
    if way < 0.4:
        paint_photo(rng, material, shader, photo)
    elif way < 0.8:
        paint_pattern(rng, material, shader)
    else:
        shader.inputs["Base Color"].default_value = pick_colour(rng)
    return _DISTANCE


def add_cloth(rng: random.Random, photo: str) -> tuple[float, float]:
    """Add a flag, a scarf or a sign: a folded sheet with a pattern or a photo."""
    body = add_body(rng, ("sheet", "sheet", "tube"), bumps=0.2)
    folds = bpy.data.textures.new("folds", "WOOD")
    folds.wood_type, folds.noise_basis_2 = "BANDNOISE", "SIN"
    folds.noise_scale, folds.turbulence = rng.uniform(0.2, 0.8), rng.uniform(1, 8)
    waves = body.modifiers.new("folds", "DISPLACE")
    waves.texture, waves.strength = folds, rng.uniform(0, 0.25)
    material, shader = add_material(body, "cloth")
    shader.inputs["Roughness"].default_value = rng.uniform(0.4, 1)
    if rng.random() < 0.25:
        paint_photo(rng, material, shader, photo)
    else:
        paint_pattern(rng, material, shader)
    return _DISTANCE
