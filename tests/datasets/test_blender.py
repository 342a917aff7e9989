"""Foregrounds rendered by Blender, where it is installed."""

import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

RENDER = Path(__file__).parents[2] / "datasets" / "blender" / "render.py"
KINDS = ("long", "short", "fur", "bristle", "net", "glass", "veil", "cloth", "solid", "plant")

pytestmark = pytest.mark.skipif(shutil.which("blender") is None, reason="Blender (Debian: blender) is not installed")


def render(folder, photos, *options):
    command = ["blender", "--background", "--factory-startup", "--python", str(RENDER), "--", str(folder)]
    command += ["--photos", str(photos), "--size", "48", "--samples", "4", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_foreground_and_background_in_its_alpha(kind, tmp_path, photo_folder):
    done = render(tmp_path, photo_folder, "--kind", kind, "--count", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    picture = cv2.imread(str(tmp_path / f"rendered_0_00000_{kind}.png"), cv2.IMREAD_UNCHANGED)
    assert picture.shape == (48, 48, 4)
    assert picture[..., 3].max() > 0.2 * 255 and picture[..., 3].min() == 0


def measure(script, **names):
    """Run a script in Blender beside the renderer's modules; return the numbers it prints after "measured"."""
    script = f"import random, sys; sys.path.insert(0, {str(RENDER.parent)!r})\n" + script.format(**names)
    command = ["blender", "--background", "--factory-startup", "--python-exit-code", "1", "--python-expr", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("measured"))
    return [float(number) for number in line.split()[1:]]


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
import bpy
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
import bpy
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


def test_an_interrupted_run_continues(tmp_path, photo_folder):
    render(tmp_path, photo_folder, "--kind", "solid", "--count", "1")
    kept = tmp_path / "rendered_0_00000_solid.png"
    before = kept.stat().st_mtime_ns
    render(tmp_path, photo_folder, "--kind", "solid", "--count", "2")
    assert sorted(path.name for path in tmp_path.iterdir()) == [kept.name, "rendered_0_00001_solid.png"]
    assert kept.stat().st_mtime_ns == before


def test_the_same_number_gives_the_same_picture(tmp_path, photo_folder):
    first, second = (tmp_path / name for name in ("first", "second"))
    for folder in (first, second):
        render(folder, photo_folder, "--kind", "net", "--count", "1", "--first", "3")
    name = "rendered_0_00003_net.png"
    np.testing.assert_array_equal(*(cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED) for folder in (first, second)))


def test_a_folder_without_photos_is_named(tmp_path):
    done = render(tmp_path / "out", tmp_path)
    assert f"{tmp_path} holds no JPEG or PNG photo" in done.stderr
    assert done.returncode == 2
    assert not (tmp_path / "out").exists()


def test_a_photo_that_cannot_be_read_is_named_and_nothing_is_left(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    done = render(tmp_path / "out", tmp_path, "--count", "1")
    assert done.returncode == 1
    assert f"error: {broken} cannot be read as a photo" in done.stderr
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("option", ["--count", "--size", "--samples"])
def test_numbers_below_one_are_refused(option, tmp_path, photo_folder):
    done = render(tmp_path / "out", photo_folder, option, "0")
    assert done.returncode == 2
    assert "must be at least 1" in done.stderr


def test_a_folder_that_cannot_be_created_is_named(tmp_path, photo_folder):
    taken = tmp_path / "taken"
    taken.write_text("")
    done = render(taken, photo_folder)
    assert done.returncode == 2
    assert f"{taken} cannot be created" in done.stderr
