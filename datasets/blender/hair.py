"""Hair and fur: strands that grow from a body, dense near it and sparser outwards."""

from __future__ import annotations

import random

from bodies import add_body, add_material, pick_colour

#: {kind: (strands to grow, largest number of strands drawn around each of them, (shortest, longest), gravity)}
KINDS = {
    "long": (500, 60, (0.3, 1.0), 2.0),
    "short": (1000, 50, (0.12, 0.35), 1.0),
    "fur": (1500, 50, (0.05, 0.2), 0.7),
    "bristle": (700, 0, (0.1, 0.6), 0.3),
}


def add_hairy(rng: random.Random, kind: str, photo: str) -> tuple[float, float]:
    """Add a body with hair.

    Args:
        rng: `random.Random`.
        kind: a key of `KINDS`.
        photo: not used; hair has its own colours.

    Returns:
        The smallest and the largest distance of the camera.
    """
    grown, between, length, pull = KINDS[kind]
    body = add_body(rng, ("sphere", "sphere", "monkey", "torus") if kind == "fur" else ("sphere", "sphere", "monkey"))
    _, skin = add_material(body, "skin")
    strand, _ = add_material(body, "strand")
    base = _colour_strands(rng, strand)
    share = rng.uniform(0.3, 1)
    skin.inputs["Base Color"].default_value = (*(share * part for part in base[:3]), 1)
    skin.inputs["Roughness"].default_value = 0.7
    system = body.modifiers.new("hair", "PARTICLE_SYSTEM").particle_system
    system.seed = rng.randrange(10**6)
    hair = system.settings
    hair.type, hair.material, hair.use_advanced_hair = "HAIR", 2, True
    hair.count, hair.hair_step, hair.render_step = grown, 8, 5
    hair.emit_from = "FACE"
    length = rng.uniform(*length)
    _set_lengths(rng, hair, length, pull)
    hair.root_radius, hair.tip_radius, hair.radius_scale = 1, rng.uniform(0, 0.5), rng.uniform(0.0015, 0.004)
    if between:
        _multiply(rng, hair, between)
    else:
        hair.radius_scale *= rng.uniform(1, 5)
    return 1.4 + 2 * length, 2.8 + 2 * length


def _set_lengths(rng, hair, length, pull):
    """Set the strands: paths of particles that fly four time units along the normal, sideways, down and at random."""
    speed = length / 4
    hair.hair_length = length
    hair.object_align_factor = (*(speed * rng.uniform(-0.5, 0.5) for _ in range(2)), -speed * rng.uniform(0, pull))
    hair.brownian_factor = rng.choice((0, speed * rng.uniform(0, 1)))
    hair.factor_random = speed * rng.uniform(0, 0.5)


def _multiply(rng, hair, between):
    """Draw more strands between the grown ones: straight, in tufts, frizzy or curled."""
    hair.child_type = rng.choice(("INTERPOLATED", "SIMPLE"))
    hair.rendered_child_count, hair.child_radius = rng.randint(between // 6, between), rng.uniform(0.03, 0.15)
    hair.child_length, hair.child_length_threshold = rng.uniform(0.5, 1), rng.uniform(0, 0.5)
    hair.clump_factor, hair.clump_shape = rng.uniform(-0.3, 0.9), rng.uniform(-0.5, 0.5)
    hair.roughness_1, hair.roughness_1_size = rng.uniform(0, 0.12) * hair.hair_length, rng.uniform(0.3, 2)
    hair.roughness_2, hair.roughness_endpoint = rng.uniform(0, 0.1), rng.uniform(0, 0.15)
    if rng.random() < 0.35:
        hair.kink, hair.kink_amplitude = rng.choice(("CURL", "WAVE")), rng.uniform(0.01, 0.06)
        hair.kink_frequency = rng.uniform(1, 6)


def _colour_strands(rng, material):
    """Give the strands a natural colour by melanin, or any colour; return the approximate RGB of the hair."""
    tree = material.node_tree
    tree.nodes.clear()
    shader, output = tree.nodes.new("ShaderNodeBsdfHairPrincipled"), tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(shader.outputs["BSDF"], output.inputs["Surface"])
    shader.inputs["Roughness"].default_value = rng.uniform(0.15, 0.5)
    if rng.random() < 0.3:
        shader.parametrization = "COLOR"
        shader.inputs["Color"].default_value = colour = pick_colour(rng)
        return colour[:3]
    melanin = rng.choice((rng.uniform(0.02, 0.3), rng.uniform(0.3, 0.7), rng.uniform(0.7, 1)))
    shader.parametrization = "MELANIN"
    shader.inputs["Melanin"].default_value = melanin
    shader.inputs["Melanin Redness"].default_value = rng.random()
    shader.inputs["Random Color"].default_value = rng.uniform(0, 0.5)
    return (0.5 * (1 - melanin),) * 3
