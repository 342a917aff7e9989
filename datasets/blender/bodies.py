"""Bodies: solids of random shape, and their surface materials."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import bpy
from scene import load_photo

SHAPES = ("sphere", "monkey", "cylinder", "cone", "torus", "cube", "sheet")
_FLAT = {"sheet", "tube"}


def add_body(
    rng: random.Random, shapes: Sequence[str] = SHAPES, bumps: float = 0.3, detail: int = 48
) -> bpy.types.Object:
    """Add a random solid of about one unit at the origin, stretched, turned and dented.

    Args:
        rng: `random.Random`.
        shapes: shapes to choose from: those of `SHAPES`, and `"tube"`, a sheet bent around an upright axis.
        bumps: largest depth of the dents.
        detail: number of faces around a solid or along a side of a sheet. A tube has `detail` faces along its height
            and twice as many around.

    Returns:
        The object.
    """
    shape, add = rng.choice(shapes), bpy.ops.mesh
    if shape == "sphere":
        add.primitive_uv_sphere_add(radius=0.6, segments=detail, ring_count=detail // 2)
    elif shape == "monkey":
        add.primitive_monkey_add(size=1.3)
    elif shape == "cylinder":
        add.primitive_cylinder_add(radius=0.45, depth=1.3, vertices=detail)
    elif shape == "cone":
        add.primitive_cone_add(radius1=0.7, radius2=rng.uniform(0, 0.5), depth=1.3, vertices=detail)
    elif shape == "torus":
        add.primitive_torus_add(major_radius=0.6, minor_radius=rng.uniform(0.08, 0.3), major_segments=detail)
    elif shape == "cube":
        add.primitive_cube_add(size=0.9)
    else:
        add.primitive_grid_add(size=1.5, x_subdivisions=detail * (2 if shape == "tube" else 1), y_subdivisions=detail)
    body = bpy.context.object
    if shape == "tube":
        _bend(rng, body)
    body.scale = [rng.uniform(0.7, 1.3) for _ in range(3)]
    upright = math.pi / 2 if shape in _FLAT else 0
    body.rotation_euler = (upright + rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.5), rng.uniform(0, 2 * math.pi))
    if shape in _FLAT:
        body.rotation_euler[2] = rng.uniform(-0.9, 0.9)
    bpy.ops.object.transform_apply(location=False, rotation=True, scale=True)
    if shape != "cube":
        subdivide = body.modifiers.new("subdivide", "SUBSURF")
        subdivide.levels = subdivide.render_levels = 1
    clouds = bpy.data.textures.new("clouds", "CLOUDS")
    clouds.noise_scale = rng.uniform(0.25, 1)
    dents = body.modifiers.new("dents", "DISPLACE")
    dents.texture, dents.strength = clouds, rng.uniform(0, bumps)
    bpy.ops.object.shade_smooth()
    return body


def _bend(rng, body):
    """Bend a sheet to half a tube, a whole tube or anything in between, narrower at one end.

    Blender's SIMPLE_DEFORM bends a sheet in the X-Y plane only around Z, which leaves it flat.
    """
    angle, radius, taper = rng.uniform(math.pi, 2 * math.pi), rng.uniform(0.3, 0.55), rng.uniform(-0.4, 0.4)
    width, height, _ = body.dimensions
    for vertex in body.data.vertices:
        x, y, _ = vertex.co
        turn, distance = angle * x / width, radius * (1 + taper * y / height)
        vertex.co = distance * math.sin(turn), y, distance * math.cos(turn)


def add_material(body: bpy.types.Object, name: str) -> tuple[bpy.types.Material, bpy.types.ShaderNode]:
    """Add a material to a body; return it with its Principled BSDF: (material, shader node)."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    body.data.materials.append(material)
    return material, material.node_tree.nodes["Principled BSDF"]


def pick_colour(rng: random.Random) -> tuple[float, float, float, float]:
    """Return a random pale, dark or vivid colour, scene-linear RGBA."""
    value = rng.choice((rng.uniform(0.02, 0.15), rng.uniform(0.1, 0.5), rng.uniform(0.5, 0.9)))
    spread = rng.choice((0.1, 0.4, 0.9))
    return (*(value * (1 - spread * rng.random()) for _ in range(3)), 1)


def paint_photo(rng: random.Random, material: bpy.types.Material, shader: bpy.types.ShaderNode, photo: str) -> None:
    """Wrap a photo around the body at a random scale."""
    tree = material.node_tree
    coordinates, scale = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
    image = tree.nodes.new("ShaderNodeTexImage")
    image.image, image.projection, image.projection_blend = load_photo(photo), "BOX", 0.2
    image.extension = "EXTEND" if rng.random() < 0.3 else "REPEAT"
    scale.inputs["Scale"].default_value = [rng.uniform(0.4, 1.5)] * 3
    tree.links.new(coordinates.outputs["Generated"], scale.inputs["Vector"])
    tree.links.new(scale.outputs["Vector"], image.inputs["Vector"])
    tree.links.new(image.outputs["Color"], shader.inputs["Base Color"])


def paint_pattern(rng: random.Random, material: bpy.types.Material, shader: bpy.types.ShaderNode) -> None:
    """Paint stripes, checks or rings, sometimes with a second pattern on every other one of them."""
    tree = material.node_tree
    coordinates = tree.nodes.new("ShaderNodeTexCoord").outputs["Generated"]
    colour = _pattern(rng, tree, coordinates)
    if rng.random() < 0.5:
        mix, mask = tree.nodes.new("ShaderNodeMixRGB"), _pattern(rng, tree, coordinates, ((0, 0, 0, 1), (1, 1, 1, 1)))
        for name, source in (("Fac", mask), ("Color1", colour), ("Color2", _pattern(rng, tree, coordinates))):
            tree.links.new(source, mix.inputs[name])
        colour = mix.outputs["Color"]
    tree.links.new(colour, shader.inputs["Base Color"])


def _pattern(rng, tree, coordinates, colours=()):
    """Return the socket of a pattern in two given `colours`, or in two or three random ones."""
    first, second = colours or (pick_colour(rng), pick_colour(rng))
    if rng.random() < 0.4:
        pattern = tree.nodes.new("ShaderNodeTexChecker")
        pattern.inputs["Scale"].default_value = rng.uniform(2, 12)
        pattern.inputs["Color1"].default_value, pattern.inputs["Color2"].default_value = first, second
        tree.links.new(coordinates, pattern.inputs["Vector"])
        return pattern.outputs["Color"]
    pattern, ramp = tree.nodes.new("ShaderNodeTexWave"), tree.nodes.new("ShaderNodeValToRGB")
    pattern.wave_type = rng.choice(("BANDS", "BANDS", "RINGS"))
    pattern.bands_direction = rng.choice("XYZ")
    pattern.inputs["Scale"].default_value = rng.uniform(0.3, 5)
    pattern.inputs["Distortion"].default_value = rng.choice((0, 0, rng.uniform(0, 6)))
    ramp.color_ramp.interpolation = "CONSTANT"
    ramp.color_ramp.elements[0].color, ramp.color_ramp.elements[1].color = first, second
    ramp.color_ramp.elements[1].position = rng.uniform(0.3, 0.7)
    if not colours and rng.random() < 0.4:
        ramp.color_ramp.elements.new(rng.uniform(0.7, 0.9)).color = pick_colour(rng)
    tree.links.new(coordinates, pattern.inputs["Vector"])
    tree.links.new(pattern.outputs["Fac"], ramp.inputs["Fac"])
    return ramp.outputs["Color"]
