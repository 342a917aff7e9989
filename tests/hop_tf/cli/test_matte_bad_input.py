"""`matte`: bad input costs one line and leaves nothing behind. tests/robustness has many more odd files."""

import errno
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from hop_tf.inference.predictor import Predictor

COMMAND = "matte"


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


def test_input_folders_are_never_written_to(draw, tmp_path, fails_with):
    photos = draw("photos/cat.png", np.zeros((20, 30, 3))).parent
    trimaps = draw("trimaps/cat.png", 128).parent
    for out in (photos, trimaps):
        fails_with([photos, trimaps, "-o", out], out, "is an input folder")


def test_a_trimap_named_as_the_alpha_would_be_is_not_overwritten(pair, tmp_path, fails_with):
    trimap = pair[1].rename(tmp_path / "cat_alpha.png")
    for argv in ([], ["-o", tmp_path], ["-o", f"{tmp_path}/"]):
        fails_with([pair[0], trimap, *argv], trimap, "would overwrite the input")


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("none.onnx", lambda path: None, "no such file; expected a .weights.h5 or .keras file, or what"),
        ("net.onnx", lambda path: path.write_bytes(b"text"), "damaged, or not for onnx"),
        ("folder.tflite", lambda path: path.mkdir(), "damaged, or not for tflite"),
    ],
)
def test_exported_files_that_cannot_be_used_are_refused(pair, tmp_path, fails_with, name, make, message):
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


@pytest.mark.parametrize("options", [[], ["--runtime", "keras"]], ids=["onnx", "keras"])
def test_missing_and_damaged_bundled_weights_are_refused(options, pair, monkeypatch, tmp_path, fails_with):
    monkeypatch.setattr("hop_tf.weights.WEIGHTS_FOLDER", tmp_path)
    message = "the bundled weights of hop_s_9x9 are missing or damaged; give a file"
    fails_with([*pair, *options], message)
    for name in ("hop_s_9x9.onnx", "hop_s_9x9.weights.h5"):
        (tmp_path / name).write_bytes(b"half a file")
    fails_with([*pair, *options], message)


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
