"""`matte` and files of weights that are damaged, of another network, or carry code. No code of a file ever runs."""

import json
import os
import pickle
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

import hop_tf
from helpers.odd_pictures import PHOTO, TRIMAP, saved
from helpers.red_channel import red_channel_network

BUNDLED = Path(hop_tf.__file__).parent / "weights/hop_s_9x9.weights.h5"
NO_WEIGHTS = "damaged, or no weights written by Keras; expected a .weights.h5 or .keras file"
NO_NETWORK = "damaged, or not a matting network saved by Keras"
OTHER_WEIGHTS = "damaged, or not weights of the preset hop_s_9x9"


class Code:
    """Unpickled, it would make a folder."""

    def __reduce__(self):
        return os.mkdir, ("code_has_run",)


def pickled(path):
    path.write_bytes(pickle.dumps(Code()))


def cut_bundled(path):
    path.write_bytes(BUNDLED.read_bytes()[:1_000_000])


def tampered_bundled(path):
    data = bytearray(BUNDLED.read_bytes())
    data[64:4096] = bytes(4096 - 64)
    path.write_bytes(data)


def other_hdf5(path):
    with h5py.File(path, "w") as file:
        file["measurements"] = np.arange(5)


def other_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.txt", "no network")


def cut_network(path):
    red_channel_network().save(path)
    path.write_bytes(path.read_bytes()[:-100])


def rewritten_network(path, rewrite):
    """The network of the tests, its configuration changed by a function of its text."""
    red_channel_network().save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["config.json"] = rewrite(parts["config.json"].decode()).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def no_json(path):
    rewritten_network(path, lambda text: text[:-50])


def unknown_layer(path):
    rewritten_network(path, lambda text: text.replace('"Conv2D"', '"Conv7D"'))


def function_of_another_module(path):
    call = {"module": "os", "class_name": "mkdir", "config": {"path": "code_has_run"}, "registered_name": "mkdir"}
    rewritten_network(path, lambda text: json.dumps({**json.loads(text), **call}))


def lambda_layer(path):
    inputs = {
        "image": keras.Input((None, None, 3), name="image"),
        "trimap": keras.Input((None, None, 1), name="trimap"),
    }
    code = keras.layers.Lambda(lambda x: __import__("os").mkdir("code_has_run") or x, output_shape=(None, None, 1))
    outputs = keras.layers.Identity()(inputs["trimap"])
    model = keras.Model(inputs, outputs)
    model.save(path)
    layer = keras.saving.serialize_keras_object(code)
    rewritten = path.with_name("rewritten.keras")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(rewritten, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json":
                config = json.loads(data)
                place = next(x for x in config["config"]["layers"] if x["class_name"] == "Identity")
                place.update({key: layer[key] for key in ("module", "class_name", "registered_name")})
                place["config"] = {**layer["config"], "name": place["config"]["name"]}
                data = json.dumps(config)
            new.writestr(name, data)
    rewritten.replace(path)


def classifier(path):
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(path)


def with_nan(path):
    red_channel_network(scale=np.nan).save(path)


# Name of the case, the file's name, what is in it, and what the one line says.
REFUSED = [
    ("missing", "none.weights.h5", lambda path: None, "no such file; expected a .weights.h5 or .keras file"),
    ("folder", "net.keras", lambda path: path.mkdir(), "net.keras: is a folder; expected"),
    ("text named .keras", "net.keras", lambda path: path.write_bytes(b"text"), NO_WEIGHTS),
    ("another format", "net.onnx", lambda path: path.write_bytes(b"text"), "net.onnx: damaged, or not for onnx"),
    ("ZIP of something else", "net.keras", other_zip, NO_NETWORK),
    ("empty", "net.weights.h5", lambda path: path.write_bytes(b""), NO_WEIGHTS),
    ("pickle named .weights.h5", "net.weights.h5", pickled, NO_WEIGHTS),
    ("pickle named .keras", "net.keras", pickled, NO_WEIGHTS),
    ("pickle named .pth", "net.pth", pickled, "with the command convert"),
    ("pickle named .pkl", "net.pkl", pickled, "the weights must be a .weights.h5 or a .keras file"),
    ("HDF5 of something else", "net.weights.h5", other_hdf5, OTHER_WEIGHTS),
    ("bundled weights, cut", "net.weights.h5", cut_bundled, OTHER_WEIGHTS),
    ("bundled weights, directory overwritten", "net.weights.h5", tampered_bundled, OTHER_WEIGHTS),
    ("network, cut", "net.keras", cut_network, NO_WEIGHTS),
    ("network without a sound configuration", "net.keras", no_json, NO_NETWORK),
    ("network with an unknown layer", "net.keras", unknown_layer, NO_NETWORK),
    ("network that names a function", "net.keras", function_of_another_module, NO_NETWORK),
    ("network with a Lambda layer", "net.keras", lambda_layer, NO_NETWORK),
    ("another kind of network", "net.keras", classifier, NO_NETWORK),
    ("network of NaN", "net.keras", with_nan, "photo.png: no alpha found; the weights are untrained or damaged"),
    ("link to itself", "net.keras", lambda path: path.symlink_to(path), "no such file; expected"),
]


@pytest.mark.parametrize("name, make, message", [pytest.param(*case[1:], id=case[0]) for case in REFUSED])
def test_weights_that_cannot_be_used_are_one_line(tmp_path, refused, name, make, message):
    saved(PHOTO)(tmp_path / "photo.png")
    saved(TRIMAP)(tmp_path / "trimap.png")
    make(tmp_path / name)
    refused(["photo.png", "trimap.png", "--weights", name], message)
    assert not (tmp_path / "code_has_run").exists()


def test_weights_of_another_preset_are_one_line(tmp_path, refused):
    saved(PHOTO)(tmp_path / "photo.png")
    saved(TRIMAP)(tmp_path / "trimap.png")
    argv = ["photo.png", "trimap.png", "--weights", BUNDLED, "--preset", "no_hop"]
    refused(argv, "not weights of the preset no_hop; name theirs with --preset")
