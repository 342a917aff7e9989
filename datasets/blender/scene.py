"""Camera, light and surroundings of a picture."""

from __future__ import annotations

import math
import random
from pathlib import Path

import bpy
from mathutils import Vector

_LENS, _SENSOR = 60, 36

#: Width of the view in units of the distance from the camera.
VIEW = _SENSOR / _LENS


def empty_scene(size: int, threads: int = 0) -> bpy.types.Scene:
    """Create a scene without a background, to be rendered with alpha by Cycles on the CPU.

    Args:
        size: side of the render in pixels.
        threads: threads of the renderer; 0 uses all processors.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.film_transparent = True
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.use_persistent_data = True
    scene.view_settings.view_transform = "Standard"
    if threads:
        scene.render.threads_mode, scene.render.threads = "FIXED", threads
    cycles = scene.cycles
    cycles.device, cycles.pixel_filter_type = "CPU", "BOX"
    cycles.transparent_max_bounces = 12
    cycles.sample_clamp_indirect = 2.0
    cycles.film_transparent_glass, cycles.film_transparent_roughness = True, 0.2
    return scene


def skies() -> list[str]:
    """Return the paths of the skies that come with Blender."""
    folder = Path(bpy.utils.resource_path("LOCAL")) / "datafiles" / "studiolights" / "world"
    return [str(path) for path in sorted(folder.glob("*.exr"))]


def surround(scene: bpy.types.Scene, rng: random.Random, photo: str) -> None:
    """Light the scene by a sky or a photo as environment, turned at random, and an area lamp from a random side."""
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    environment = world.node_tree.nodes.new("ShaderNodeTexEnvironment")
    environment.image = load_photo(photo)
    background = world.node_tree.nodes["Background"]
    turned = world.node_tree.nodes.new("ShaderNodeMapping")
    turned.inputs["Rotation"].default_value[2] = rng.uniform(0, 2 * math.pi)
    direction = world.node_tree.nodes.new("ShaderNodeTexCoord").outputs["Generated"]
    for source, target in (
        (direction, turned.inputs["Vector"]),
        (turned.outputs["Vector"], environment.inputs["Vector"]),
        (environment.outputs["Color"], background.inputs["Color"]),
    ):
        world.node_tree.links.new(source, target)
    background.inputs["Strength"].default_value = rng.uniform(0.8, 2.0)
    scene.world = world
    lamp = bpy.data.lights.new("lamp", "AREA")
    lamp.energy, lamp.size = 10 ** rng.uniform(1.8, 2.7), rng.uniform(0.3, 3)
    angle = rng.uniform(0, 2 * math.pi)
    _place(scene, lamp, Vector((4 * math.cos(angle), 4 * math.sin(angle) - 1, rng.uniform(1, 4))), Vector())


def load_photo(path: str) -> bpy.types.Image:
    """Load a photo as a texture; Blender itself would render an unreadable one as magenta.

    Raises:
        OSError: if the photo cannot be read.
    """
    image = bpy.data.images.load(path)
    if not image.size[0]:
        raise OSError(f"{path} cannot be read as a photo; remove or replace it")
    return image


def look(
    scene: bpy.types.Scene,
    rng: random.Random,
    distance: tuple[float, float],
    height: tuple[float, float] = (-0.35, 0.35),
) -> None:
    """Add a camera in front of the origin, sometimes with shallow depth of field.

    Args:
        scene: the scene.
        rng: `random.Random`.
        distance: smallest and largest distance of the camera.
        height: smallest and largest height of the point that it looks at.
    """
    camera = bpy.data.cameras.new("camera")
    camera.lens, camera.sensor_width = _LENS, _SENSOR
    away = rng.uniform(*distance)
    aim = Vector((rng.uniform(-0.35, 0.35), 0, rng.uniform(*height)))
    scene.camera = _place(scene, camera, Vector((0, -away, rng.uniform(-0.5, 0.8))), aim)
    if rng.random() < 0.3:
        camera.dof.use_dof = True
        camera.dof.focus_distance = away - rng.uniform(0, 0.7)
        camera.dof.aperture_fstop = rng.uniform(0.4, 2.5)


def _place(scene, data, where, aim):
    thing = bpy.data.objects.new(data.name, data)
    scene.collection.objects.link(thing)
    thing.location = where
    thing.rotation_euler = (aim - where).to_track_quat("-Z", "Y").to_euler()
    return thing
