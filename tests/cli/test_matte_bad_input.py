"""`matte`: bad input costs one line and leaves nothing behind."""

import errno
import os
import pickle
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from hop_tf.models import loading
from hop_tf.predictor import Predictor

COMMAND = "matte"


@pytest.mark.parametrize("which", ["photo", "trimap"])
@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), (b"", "empty"), (b"text", "not a picture"), ("half", "damaged or truncated")],
    ids=["missing", "empty", "text", "truncated"],
)
def test_unreadable_pictures_are_refused(pair, weights, fails_with, which, content, message):
    bad = pair[which == "trimap"]
    if content is None:
        bad.unlink()
    else:
        whole = bad.read_bytes()
        bad.write_bytes(whole[: len(whole) * 3 // 4] if content == "half" else content)
    fails_with([*pair, "--weights", weights], bad, message)


def test_photo_and_trimap_of_different_size_are_refused(pair, draw, weights, fails_with):
    trimap = draw("small.png", np.full((30, 20), 128))
    parts = (trimap, "is 20 x 30 pixels", pair[0], "is 30 x 20")
    fails_with([pair[0], trimap, "--weights", weights], *parts)


def test_a_coloured_trimap_is_refused(pair, weights, fails_with):
    fails_with([pair[0], pair[0], "--weights", weights], pair[0], "coloured; expected grey")


def test_empty_folders_and_folders_without_pairs_are_refused(draw, tmp_path, fails_with):
    (tmp_path / "empty").mkdir()
    draw("photos/a.png", np.zeros((20, 30, 3)))
    draw("trimaps/b.png", 128)
    photos, trimaps, empty = tmp_path / "photos", tmp_path / "trimaps", tmp_path / "empty"
    fails_with([empty, trimaps], empty, "no picture in this folder")
    fails_with([photos, empty], empty, "no picture in this folder")
    fails_with([photos, tmp_path / "none"], tmp_path / "none", "no such folder")
    fails_with([photos, trimaps], trimaps, "no trimap is named like a photo")


def test_a_folder_beside_a_file_is_refused(pair, draw, tmp_path, fails_with):
    draw("photos/a.png", np.zeros((20, 30, 3)))
    fails_with([tmp_path / "photos", pair[1]], pair[1], "expected a folder")
    fails_with([pair[0], tmp_path / "photos"], tmp_path / "photos", "expected a file")


def test_two_photos_of_one_stem_are_refused(draw, tmp_path, fails_with):
    draw("photos/a.png", np.zeros((20, 30, 3)))
    draw("photos/a.bmp", np.zeros((20, 30, 3)))
    draw("trimaps/a.png", 128)
    fails_with([tmp_path / "photos", tmp_path / "trimaps"], "a.png", "a.bmp", "same stem")


def test_outputs_that_cannot_be_written_are_refused(pair, draw, tmp_path, fails_with):
    fails_with([*pair, "-o", tmp_path / "x.jpg"], "x.jpg", "must be a .png file")
    fails_with([*pair, "-o", tmp_path / "no" / "x.png"], "x.png", "no does not exist")
    fails_with([*pair, "-o", f"{pair[0]}/"], pair[0], "is a file; expected a folder to write to")
    fails_with([*pair, "-o", f"{pair[0] / 'deep'}/"], "deep: cannot be created", pair[0])
    photos = draw("photos/cat.png", np.zeros((20, 30, 3))).parent
    trimaps = draw("trimaps/cat.png", 128).parent
    fails_with([photos, trimaps, "-o", pair[0]], pair[0], "expected a folder to write to")
    fails_with([photos, trimaps, "-o", pair[0] / "deep"], "deep: cannot be created", pair[0])


def test_an_unwritable_folder_is_refused(pair, tmp_path, monkeypatch, fails_with):
    def refuse(path, data):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    fails_with(pair, "cat_alpha.png: cannot be written (Read-only file system)")


@pytest.mark.parametrize("which", [0, 1])
def test_inputs_are_never_overwritten(pair, tmp_path, fails_with, which):
    before = pair[which].read_bytes()
    roundabout = tmp_path / ".." / tmp_path.name / pair[which].name
    fails_with([*pair, "-o", roundabout], "would overwrite the input")
    assert pair[which].read_bytes() == before
    link = tmp_path / "link.png"
    os.link(pair[which], link)
    fails_with([*pair, "-o", link], "link.png", "would overwrite the input")


def test_input_folders_are_never_written_to(draw, tmp_path, fails_with):
    photos = draw("photos/cat.png", np.zeros((20, 30, 3))).parent
    trimaps = draw("trimaps/cat.png", 128).parent
    for out in (photos, trimaps):
        fails_with([photos, trimaps, "-o", out], out, "is an input folder")


def write_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.txt", "no network")


def write_lambda(path):
    inputs = {
        "image": keras.Input((None, None, 3), name="image"),
        "trimap": keras.Input((None, None, 1), name="trimap"),
    }
    keras.Model(inputs, keras.layers.Lambda(lambda x: print("run") or x)(inputs["trimap"])).save(path)


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("none.weights.h5", lambda path: None, "no such file; expected a .weights.h5 or .keras file"),
        ("folder.keras", lambda path: path.mkdir(), "is a folder; expected"),
        ("bad.weights.h5", lambda path: path.write_bytes(b"text"), "damaged, or no weights"),
        ("bad.keras", lambda path: path.write_bytes(b"text"), "damaged, or no weights"),
        ("other.keras", write_zip, "damaged, or not a matting network"),
        ("net.pkl", lambda path: path.write_bytes(b"text"), "must be a .weights.h5 or a .keras file"),
        ("code.weights.h5", lambda path: path.write_bytes(pickle.dumps(print)), "damaged, or no weights"),
        ("lambda.keras", write_lambda, "damaged, or not a matting network"),
        ("none.onnx", lambda path: None, "no such file; expected a .weights.h5 or .keras file, or what"),
        ("net.onnx", lambda path: path.write_bytes(b"text"), "damaged, or not for onnx"),
        ("folder.tflite", lambda path: path.mkdir(), "damaged, or not for tflite"),
        ("net.pth", lambda path: path.write_bytes(b"text"), "with the command convert"),
        ("cut.weights.h5", lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100)), "weights of the preset"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(pair, tmp_path, fails_with, name, make, message):
    path = tmp_path / name
    make(path)
    fails_with([*pair, "--weights", path], path, message)


def test_weights_of_another_network_are_refused(pair, weights, tmp_path, fails_with):
    path = tmp_path / "red.weights.h5"
    keras.models.load_model(weights).save_weights(path)
    fails_with([*pair, "--weights", path], path, "not weights of the preset hop_s_9x9")


def test_unknown_presets_and_presets_without_weights_are_refused(pair, fails_with):
    fails_with([*pair, "--preset", "hop_7x7"], "unknown preset 'hop_7x7'; expected one of hop_s_9x9")
    fails_with([*pair, "--preset", "no_hop"], "no_hop has no bundled weights", "--weights")


def test_missing_bundled_weights_are_refused(pair, monkeypatch, fails_with):
    class NothingBundled:
        @staticmethod
        def from_preset(name, load_weights=True):
            raise FileNotFoundError("[Errno 2] a long explanation\nof several lines")

    monkeypatch.setattr(loading, "HOPMatting", NothingBundled)
    fails_with(pair, "the bundled weights of hop_s_9x9 are missing or damaged; give a file")


def test_a_network_without_a_result_is_refused(pair, weights, monkeypatch, fails_with):
    def find_nothing(predictor, image, trimap):
        raise FloatingPointError

    monkeypatch.setattr(Predictor, "predict", find_nothing)
    fails_with([*pair, "--weights", weights], pair[0], "weights are untrained or damaged")


def test_a_photo_too_large_for_the_memory_is_named(pair, weights, monkeypatch, fails_with):
    def exhaust(predictor, image, trimap):
        raise MemoryError

    monkeypatch.setattr(Predictor, "predict", exhaust)
    fails_with([*pair, "--weights", weights], pair[0], "not enough memory for 30 x 20 pixels; use --tile")


def test_a_disk_that_fills_up_leaves_nothing(pair, weights, monkeypatch, fails_with):
    def fill_up(image, path, **options):
        path.write_bytes(b"half a file")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fill_up)
    fails_with([*pair, "--weights", weights], "cat_alpha.png: cannot be written (No space left")
