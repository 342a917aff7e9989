"""`matte` on folders: results that were made in another way are neither kept nor mixed with new ones."""

import os
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from helpers.red_channel import red_channel_network
from helpers.said import said
from hop_tf.cli.app import main
from hop_tf.inference.predictor import Predictor

COMMAND = "matte"


@pytest.fixture
def folder(draw, tmp_path, photo_array, trimap_array, weights):
    """The arguments of a run on three photos, into the folder `out`."""
    for name in "abc":
        draw(f"photos/{name}.png", photo_array)
        draw(f"trimaps/{name}.png", trimap_array)
        draw(f"others/{name}.png", 255 - trimap_array)
    draw("sea.png", 9)
    draw("sky.png", 200)
    red_channel_network(scale=0.5).save(tmp_path / "half.keras")
    shutil.copy(weights, tmp_path / "same.keras")
    return [tmp_path / "photos", tmp_path / "trimaps", "-o", tmp_path / "out", "--weights", weights]


def run(argv):
    return main([COMMAND, *map(str, argv)])


def results(tmp_path):
    return {path.name: np.asarray(Image.open(path)) for path in sorted((tmp_path / "out").glob("*.png"))}


@pytest.mark.parametrize(
    ("first", "then", "difference"),
    [
        (["--background", "white"], ["--background", "black"], "--background white, not with --background black"),
        (["--background", "white"], ["--background", "#fffffe"], "--background white, not with --background #fffffe"),
        (["--background", "SEA"], ["--background", "SKY"], "--background sea.png (SHA-256"),
        (["--background", "SEA"], ["--background", "white"], "not with --background white"),
        ([], ["--cutout"], "kind alpha, not with kind cutout"),
        ([], ["--weights", "HALF"], "not with network half.keras"),
        ([], ["--tta"], "--tta off, not with --tta on"),
        ([], ["--tile", "64"], "--tile auto, not with --tile 64"),
        ([], ["--dilate-unknown", "3"], "--dilate-unknown 0, not with --dilate-unknown 3"),
        ([], ["--trimap-from", "TRIMAPS"], "trimaps trimaps, no --width, not with trimaps masks, --width automatic"),
    ],
)
def test_results_made_in_another_way_are_refused_and_stay(
    folder, tmp_path, fails_with, first, then, difference, capsys
):
    paths = {"SEA": "sea.png", "SKY": "sky.png", "HALF": "half.keras", "TRIMAPS": "trimaps"}
    first, then = ([tmp_path / paths[x] if x in paths else x for x in options] for options in (first, then))
    without_trimaps = [folder[0], *folder[2:]]
    then = [*(without_trimaps if "--trimap-from" in then else folder), *then]
    assert run([*folder, *first]) == 0
    before = results(tmp_path)
    fails_with(then, f"{tmp_path / 'out'}: its results were made with ", difference, "--overwrite computes them again")
    for name, picture in results(tmp_path).items():
        np.testing.assert_array_equal(picture, before[name])
    assert run([*folder, *first]) == 0
    assert "wrote 0 pictures" in said(capsys).out
    assert run([*then, "--overwrite"]) == 0
    assert "wrote 3 pictures" in said(capsys).out
    assert run(then) == 0
    assert "3 skipped" in said(capsys).out


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (["--background", "white"], ["--background", "#FFFFFF"]),
        ([], ["--weights", "same.keras"]),
        ([], ["--runtime", "keras"]),
        ([], ["--jobs", "4"]),
        ([], ["--device", "cpu"]),
        ([], ["--dilate-unknown", "0"]),
    ],
)
def test_the_same_way_in_other_words_is_resumed(folder, tmp_path, monkeypatch, capsys, first, then):
    monkeypatch.chdir(tmp_path)
    assert run([*folder, *first]) == 0
    (tmp_path / "out/b.png").unlink()
    said(capsys)
    assert run([*folder, *then]) == 0
    assert "wrote 1 picture to" in said(capsys).out


def test_another_folder_of_trimaps_or_photos_is_refused(folder, tmp_path, fails_with, capsys):
    assert run(folder) == 0
    photos, trimaps, *rest = folder
    others = tmp_path / "others"
    fails_with([photos, others, *rest], f"a.png: was made from {trimaps / 'a.png'}, not from {others / 'a.png'}; --ov")
    fails_with([trimaps, trimaps, *rest], f"was made from {photos / 'a.png'}, not from {trimaps / 'a.png'}")
    shutil.copytree(trimaps, tmp_path / "copies")  # with the files' times
    assert run([photos, tmp_path / "copies", *rest]) == 0
    os.utime(trimaps / "b.png")
    fails_with(folder, f"b.png: was made from another version of {trimaps / 'b.png'};")
    assert run([*folder, "--overwrite"]) == 0
    assert run(folder) == 0


def test_photos_that_are_new_are_added(folder, draw, tmp_path, photo_array, trimap_array, capsys):
    assert run(folder) == 0
    draw("photos/d.png", photo_array)
    draw("trimaps/d.png", trimap_array)
    said(capsys)
    assert run(folder) == 0
    assert "wrote 1 picture to" in said(capsys).out
    assert run(folder) == 0
    assert "4 skipped" in said(capsys).out


def test_results_without_a_record_are_kept_and_named_once(folder, draw, tmp_path, capsys):
    draw("out/a.png", 7)
    assert run(folder) == 0
    assert said(capsys).err == (f"warning: {tmp_path / 'out'}: kept results of unknown origin: a.png\n")
    assert (results(tmp_path)["a.png"] == 7).all()
    assert run(folder) == 0
    assert said(capsys).err == ""


def test_a_damaged_record_counts_as_none(folder, tmp_path, capsys):
    assert run(folder) == 0
    for text in ("", "[]", '{"settings": 3, "pictures": {}}', "\x00"):
        (tmp_path / "out/.hop-tf.json").write_text(text)
        said(capsys)
        assert run(folder) == 0
        assert "kept results of unknown origin: a.png, b.png, c.png" in said(capsys).err


def test_after_an_interrupted_overwrite_only_the_remaining_results_are_computed(folder, tmp_path, monkeypatch, capsys):
    assert run(folder) == 0
    predict, calls = Predictor.predict, []

    def interrupt_third(predictor, image, trimap):
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return predict(predictor, image, trimap)

    half = [*folder, "--weights", tmp_path / "half.keras"]
    with monkeypatch.context() as patch:
        patch.setattr(Predictor, "predict", interrupt_third)
        assert run([*half, "--overwrite", "--jobs", "1"]) == 130
    said(capsys)
    assert run(half) == 0
    assert re.match(r"wrote [12] pictures? to .*; [12] skipped", said(capsys).out)
    pictures = list(results(tmp_path).values())
    for picture in pictures[1:]:
        np.testing.assert_array_equal(picture, pictures[0])
