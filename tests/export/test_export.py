import dataclasses

import numpy as np
import onnx
import pytest

from export import exporting
from export.__main__ import main
from export.deployment import deployment_graph
from export.errors import ExportError, export
from export.formats import FORMATS
from hop_tf import HOPMatting, Predictor


@pytest.fixture(scope="module")
def model():
    return HOPMatting(width=0.25)


def draw(height, width):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    return image, rng.choice(np.uint8([0, 84, 85, 169, 170, 255]), (height, width))


def batch(image, trimap):
    return np.float32(image)[None], np.float32(trimap)[None, ..., None]


def test_the_deployed_graph_equals_the_predictor_at_any_size(model):
    image, trimap = draw(41, 70)
    inputs = dict(zip(("image", "trimap"), batch(image, trimap), strict=True))
    alpha = np.array(deployment_graph(model, (41, 70))(inputs)["alpha"])[0, ..., 0]
    assert np.abs(alpha - Predictor(model).predict(image, trimap)).max() <= 1e-5
    assert set(alpha[trimap < 85]) == {0.0} and set(alpha[trimap >= 170]) == {1.0}


def check_exported(model, format, path, size, at):
    maximum, mean = export(model, format, path, size)
    assert 0 <= mean <= maximum <= 1e-4
    image, trimap = draw(*at)
    alpha = FORMATS[format].load(path)(*batch(image, trimap))
    assert np.abs(alpha[0, ..., 0] - Predictor(model).predict(image, trimap)).max() <= 1e-4
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_saved_model_of_any_size_mattes_as_keras_does(tmp_path, model):
    check_exported(model, "saved_model", tmp_path / "model", None, (64, 96))


def test_an_onnx_file_is_valid_names_its_inputs_and_mattes_as_keras_does(tmp_path, model):
    path = tmp_path / "model.onnx"
    check_exported(model, "onnx", path, (41, 70), (41, 70))
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    assert [i.name for i in proto.graph.input] == ["image", "trimap"]
    assert [o.name for o in proto.graph.output] == ["alpha"]


def test_a_file_that_differs_from_keras_is_not_kept(tmp_path, model, monkeypatch):
    strict = dataclasses.replace(FORMATS["saved_model"], tolerance=-1.0)
    monkeypatch.setitem(exporting.FORMATS, "saved_model", strict)
    with pytest.raises(ExportError, match="differs from Keras"):
        export(model, "saved_model", tmp_path / "model", (64, 64))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named_with_its_install_command(tmp_path, model, monkeypatch):
    monkeypatch.setattr(exporting.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match="onnx needs the package onnx: pip install onnx"):
        export(model, "onnx", tmp_path / "model.onnx", (64, 64))


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["onnx", "--size", "64x64", "-o", "model.pb"], "must end in .onnx"),
        (["onnx", "--size", "64x64", "-o", "none/model.onnx"], "folder none does not exist"),
        (["onnx", "--size", "00x64", "-o", "model.onnx"], "expected HEIGHTxWIDTH"),
        (["onnx", "--size", "64x64", "--preset", "x", "-o", "model.onnx"], "unknown preset"),
        (["onnx", "--size", "64x64", "--weights", "none.weights.h5", "-o", "model.onnx"], "none.weights.h5"),
    ],
)
def test_wrong_arguments_are_one_line(tmp_path, monkeypatch, capsys, argv, message):
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_export_is_left_alone(tmp_path, model):
    (tmp_path / "thesis.txt").write_text("kept")
    with pytest.raises(ExportError, match="no export; choose another name"):
        export(model, "saved_model", tmp_path, (64, 64))
    assert (tmp_path / "thesis.txt").read_text() == "kept"
