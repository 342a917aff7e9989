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


FLATNESS = """
import random, sys
from mathutils import Vector
sys.path.insert(0, {folder!r})
from bodies import add_body
faces = add_body(random.Random(0), ({shape!r},)).data.polygons
print("flatness", sum((face.normal for face in faces), Vector()).length / len(faces))
"""


@pytest.mark.parametrize(("shape", "least", "most"), [("sheet", 0.99, 1.01), ("tube", 0, 0.7)])
def test_a_sheet_is_flat_and_a_tube_is_bent(shape, least, most):
    script = FLATNESS.format(folder=str(RENDER.parent), shape=shape)
    command = ["blender", "--background", "--factory-startup", "--python-expr", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (flatness,) = (line.split()[1] for line in done.stdout.splitlines() if line.startswith("flatness"))
    assert least <= float(flatness) <= most


def test_goes_on_where_it_was_interrupted(tmp_path, photo_folder):
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


def test_a_folder_that_cannot_be_made_is_named(tmp_path, photo_folder):
    taken = tmp_path / "taken"
    taken.write_text("")
    done = render(taken, photo_folder)
    assert done.returncode == 2
    assert f"{taken} cannot be made" in done.stderr
