"""Foregrounds rendered by Blender, where it is installed as a Python module."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

RENDER = Path(__file__).parents[2] / "datasets" / "blender" / "render.py"
HAIR = ("long", "curly", "braided", "frizzy", "short", "beard", "fur")
THINGS = ("comb", "wicker", "net", "glassware", "glass", "veil", "cloth", "solid", "plant")

#: Blender may be installed in an environment of its own, because it needs Python 3.11 and an older NumPy.
PYTHON = os.environ.get("BPY_PYTHON", sys.executable)
FIND = "import importlib.util, sys; sys.exit(importlib.util.find_spec('bpy') is None)"

pytestmark = pytest.mark.skipif(
    subprocess.run([PYTHON, "-c", FIND], check=False).returncode != 0,
    reason='needs Blender: python3.11 -m pip install "bpy==4.2.0" "numpy<2", in an environment of its own with '
    "BPY_PYTHON=ENVIRONMENT/bin/python",
)


def render(folder, *options):
    command = [PYTHON, str(RENDER), str(folder), "--size", "48", "--samples", "2", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "kind",
    ["long", "net", *(pytest.param(kind, marks=pytest.mark.slow) for kind in (*HAIR[1:], *THINGS) if kind != "net")],
)
def test_each_kind_has_foreground_and_background_in_its_alpha(kind, tmp_path):
    done = render(tmp_path, "--kind", kind, "--count", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = tmp_path.iterdir()
    assert path.name == f"rendered_{'hair_' * (kind in HAIR)}{kind}_0_00000.png"
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture.shape == (48, 48, 4)
    assert picture[..., 3].max() > 0.2 * 255 and picture[..., 3].min() == 0


def measure(script, **names):
    """Run a script in Blender beside the renderer's modules; return the numbers it prints after "measured"."""
    script = f"import random, sys; sys.path.insert(0, {str(RENDER.parent)!r}); import bpy\n" + script.format(**names)
    done = subprocess.run([PYTHON, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("measured"))
    return [float(number) for number in line.split()[1:]]


COVERAGE = """
import math
from pathlib import Path
import numpy as np
from bodies import add_material
from exposure import expose
from scene import VIEW, empty_scene
from strands import add_curves
scene = empty_scene(48, 1)
pixel = 2 * VIEW / 48
material = bpy.data.materials.new("hair")
across = np.linspace((-0.3, 0, 0.01), (0.3, 0, 0.013), 9)[None]
add_curves(across, np.array([{width} / 2 * pixel]), 1, material)
scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
scene.collection.objects.link(scene.camera)
scene.camera.data.lens, scene.camera.data.sensor_width = 36 / VIEW, 36
scene.camera.location, scene.camera.rotation_euler = (0, -2, 0), (math.pi / 2, 0, 0)
expose(scene, Path({path!r}), 1, False)
print("measured", 0.6 / pixel)
"""


@pytest.mark.parametrize("width", [0.1, 0.4])
def test_a_strand_thinner_than_a_pixel_has_the_alpha_of_its_area(width, tmp_path):
    path = tmp_path / "strand.png"
    (length,) = measure(COVERAGE, width=width, path=str(path))
    alpha = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., 3] / 255
    assert alpha.sum() == pytest.approx(length * width, rel=0.1)
    assert alpha.max() < 1.5 * width


GROWTH = """
import numpy as np
from heads import Body
from strands import grow
body = Body([((0, 0, 0), (0.5, 0.4, 0.6), 0.3)])
numbers = np.random.default_rng(0)
headings = numbers.normal(0, 1, (200, 3))
headings /= np.linalg.norm(headings, axis=1, keepdims=True)
roots = body.push_out(0.01 * headings, 0)
strands = grow(numbers, roots, headings, np.full(200, 0.8), 1.5, np.full(200, 0.5), body.push_out)
length = np.linalg.norm(np.diff(strands, axis=1), axis=2).sum(axis=1)
inside = np.linalg.norm(body.push_out(strands.reshape(-1, 3), 0) - strands.reshape(-1, 3), axis=1).max()
print("measured", length.min(), length.max(), inside, strands[:, -1, 2].mean() - roots[:, 2].mean())
"""


def test_strands_keep_their_length_hang_down_and_stay_outside_the_body():
    shortest, longest, inside, rise = measure(GROWTH)
    assert shortest == pytest.approx(0.8, rel=1e-3) and longest == pytest.approx(0.8, rel=1e-3)
    assert inside < 0.02
    assert rise < -0.2


FLATNESS = """
from bodies import add_body
from mathutils import Vector
for seed in range(5):
    faces = add_body(random.Random(seed), ({shape!r},)).data.polygons
    print(*["measured"] * (not seed), sum((face.normal for face in faces), Vector()).length / len(faces), end=" ")
"""


@pytest.mark.parametrize(("shape", "least", "most"), [("sheet", 0.99, 1.01), ("tube", 0, 0.65)])
def test_a_sheet_is_flat_and_a_tube_is_bent_by_half_a_turn_or_more(shape, least, most):
    flatness = measure(FLATNESS, shape=shape)
    assert len(flatness) == 5
    assert least <= min(flatness) and max(flatness) <= most  # half a turn: 2 / pi


HOLES = """
from things import add_net, edge_length
for seed in range(12):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    add_net(random.Random(seed), {photo!r})
    net = next(thing for thing in bpy.data.objects if "wires" in thing.modifiers)
    face = edge_length(net) / 2 ** net.modifiers["subdivide"].render_levels
    print(*["measured"] * (not seed), net.modifiers["wires"].thickness / face, end=" ")
"""


def test_wires_leave_almost_half_of_a_mesh_open(photo_folder):
    shares = measure(HOLES, photo=str(next(photo_folder.iterdir())))
    assert len(shares) == 12
    assert 0 < min(shares) and max(shares) <= 0.56


PLANT = """
from plants import Mesh
from mathutils import Vector
mesh = Mesh()
for number in range(30):
    mesh.add_leaf(random.Random(number), [Vector((0, 0, 0.1 * step)) for step in range(9)], 0.5, 0.2, 0)
plant = mesh.build()
points = len(plant.data.vertices) // 30
print("measured", len({{face.material_index for face in plant.data.polygons}}), end=" ")
for leaf in range(30):
    middle = [point.co for point in plant.data.vertices[leaf * points : (leaf + 1) * points]][1::3]
    print((middle[-1] - middle[0]).length, end=" ")
"""


def test_leaves_have_three_materials_and_the_requested_length():
    materials, *lengths = measure(PLANT)
    assert materials == 3
    assert len(lengths) == 30
    assert lengths == pytest.approx([0.5] * 30, rel=1e-3)


def test_an_interrupted_run_continues(tmp_path):
    render(tmp_path, "--kind", "solid", "--count", "1")
    kept = tmp_path / "rendered_solid_0_00000.png"
    before = kept.stat().st_mtime_ns
    render(tmp_path, "--kind", "solid", "--count", "2")
    assert sorted(path.name for path in tmp_path.iterdir()) == [kept.name, "rendered_solid_0_00001.png"]
    assert kept.stat().st_mtime_ns == before


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["long", "net"])
def test_the_same_number_gives_the_same_picture(kind, tmp_path):
    pictures = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        render(folder, "--kind", kind, "--count", "1", "--first", "3")
        (path,) = folder.iterdir()
        pictures.append(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
    np.testing.assert_array_equal(*pictures)


def test_a_folder_without_photos_is_named(tmp_path):
    done = render(tmp_path / "out", "--photos", str(tmp_path))
    assert f"{tmp_path} holds no JPEG or PNG photo" in done.stderr
    assert done.returncode == 2
    assert not (tmp_path / "out").exists()


def test_a_photo_that_cannot_be_read_is_named_and_nothing_is_left(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    done = render(tmp_path / "out", "--photos", str(tmp_path), "--count", "1")
    assert done.returncode == 1
    assert f"error: {broken} cannot be read as a photo" in done.stderr
    assert not list((tmp_path / "out").iterdir())


def test_numbers_below_one_are_refused(tmp_path):
    for option in ("--count", "--size", "--samples"):
        done = render(tmp_path / "out", option, "0")
        assert done.returncode == 2
        assert "must be at least 1" in done.stderr


def test_a_folder_that_cannot_be_created_is_named(tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("")
    done = render(taken)
    assert done.returncode == 2
    assert f"{taken} cannot be created" in done.stderr
