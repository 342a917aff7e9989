import functools
import importlib.util
import re

import keras
import numpy as np
import onnx
import pytest
from PIL import Image

from helpers.goldens import ROOT
from hop_tf import HOPMatting, Predictor
from hop_tf.errors import install_hint
from hop_tf.export import verification
from hop_tf.export.errors import ExportError
from hop_tf.export.exporter import export
from hop_tf.export.job import Job
from hop_tf.export.samples import EXAMPLES, drawn_pictures
from hop_tf.inference.formats import EXPORT_FORMATS
from hop_tf.pictures.reading import read_photo, read_trimap

SMALL = (41, 70)
OF_ONE_SIZE = [
    ("onnx", "float16"),
    pytest.param("onnx", "int8", marks=pytest.mark.slow),
    pytest.param("tflite", "float16", marks=pytest.mark.slow),
    ("tflite", "int8_dynamic"),
    pytest.param("tflite", "int8", marks=pytest.mark.slow),
    pytest.param("openvino", "float16", marks=pytest.mark.slow),
]

#: {format: by what its code in the docs is known}
LOADS = {
    "onnx": "InferenceSession",
    "tflite": "ai_edge_litert",
    "openvino": "compile_model",
    "saved_model": "tf.saved_model",
}


@pytest.fixture(scope="module")
def model():
    return HOPMatting.from_preset("hop_s_9x9")


@pytest.fixture(scope="module")
def of_any_size(model, tmp_path_factory):
    """A function from a format to its export in float32 for photos of any size, and the path of that."""

    @functools.cache
    def get(format):
        skip_without(format)
        path = tmp_path_factory.mktemp(format) / f"hop{EXPORT_FORMATS[format].suffix}"
        return export(model, format, path), path

    return get


def skip_without(format):
    for module in EXPORT_FORMATS[format].writes_with:
        pytest.importorskip(module, reason=f"needs {module}: {install_hint(EXPORT_FORMATS[format].write_extra)}")


@pytest.mark.parametrize("format, precision", OF_ONE_SIZE)
def test_a_network_for_one_size_mattes_as_keras_does(tmp_path, model, format, precision):
    skip_without(format)
    path = tmp_path / f"model{EXPORT_FORMATS[format].suffix}"
    exported = export(model, format, path, SMALL, precision)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    check_mattes(format, path, model, SMALL, {"float16": 5e-3}.get(precision, 0.05))
    if precision == "float16":
        assert exported.difference[0] <= 2e-2 and exported.difference[1] <= 2e-3
    else:
        assert exported.sad[0] <= 1.1 * exported.sad[1]


@pytest.mark.parametrize("format", LOADS)
def test_a_network_for_any_size_mattes_as_keras_does(of_any_size, model, format):
    exported, path = of_any_size(format)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert exported.compared == format and exported.difference[0] <= 1e-4
    for size in ((1, 1), (75, 40), (96, 128)):
        check_mattes(format, path, model, size, 1e-5)


@pytest.mark.parametrize("format", [format for format in LOADS if format != "saved_model"])
def test_the_predictor_finds_the_same_alpha_of_a_photo_with_an_exported_file(of_any_size, model, format):
    window = np.s_[100:250, 180:380]
    photo, trimap = read_photo(EXAMPLES / "macaws.jpg")[window], read_trimap(EXAMPLES / "macaws_trimap.png")[window]
    expected = Predictor(model, tile=128).predict(photo, trimap)
    alpha = Predictor(of_any_size(format)[1], tile=128).predict(photo, trimap)
    known = trimap != 128
    assert 0.1 < known.mean() < 0.9 and np.array_equal(alpha[known], trimap[known] / 255)
    assert np.abs(alpha - expected).max() <= 1e-4


def check_mattes(format, path, model, size, tolerance):
    """Holds an exported file against Keras on a drawn picture, and against what is promised of alpha."""
    _, image, trimap, _ = drawn_pictures((96, 128))[0]
    image, trimap = image[: size[0], : size[1]], trimap[: size[0], : size[1]]
    inputs = np.float32(image)[None], np.float32(trimap)[None, ..., None]
    expected, alpha = Job(model).run_reference(*inputs), EXPORT_FORMATS[format].load(path)(*inputs)
    assert alpha.shape == (1, *size, 1) and alpha.dtype == np.float32 and 0 <= alpha.min() and alpha.max() <= 1
    known = inputs[1] != 128
    assert np.array_equal(alpha[known], inputs[1][known] / 255)
    assert np.abs(alpha - expected).mean() <= tolerance


@pytest.mark.parametrize("format", LOADS)
def test_the_deployment_code_in_the_docs_mattes_the_example(of_any_size, tmp_path, monkeypatch, model, format):
    page = (ROOT / "docs/export.md").read_text()
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if LOADS[format] in code]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(EXAMPLES)
    (tmp_path / re.search(r'"(hop[\w.]*)', code)[1]).symlink_to(of_any_size(format)[1])
    exec(code, {})
    photo, trimap = read_photo(EXAMPLES / "macaws.jpg"), read_trimap(EXAMPLES / "macaws_trimap.png")
    expected = Job(model).run_reference(photo[None], trimap[None, ..., None])[0, ..., 0]
    assert np.abs(np.array(Image.open("alpha.png")) / 255 - expected).max() <= 1 / 255


def test_an_onnx_file_is_valid_readable_and_takes_any_number_of_photos(tmp_path, model):
    export(model, "onnx", tmp_path / "model.onnx", input_dtype="uint8")
    proto = onnx.load(tmp_path / "model.onnx")
    onnx.checker.check_model(proto, full_check=True)
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in [*proto.graph.input, *proto.graph.output]
    }
    any_size = ["batch", "height", "width"]
    assert shapes == {"image": [*any_size, 3], "trimap": [*any_size, 1], "alpha": [*any_size, 1]}
    assert any(node.name.startswith("decoder_stage1_block0_conv1") for node in proto.graph.node)
    image, trimap = (np.concatenate(x) for x in zip(*_inputs(model), strict=True))
    together = EXPORT_FORMATS["onnx"].load(tmp_path / "model.onnx")(image, trimap)
    alone = [EXPORT_FORMATS["onnx"].load(tmp_path / "model.onnx")(i, t) for i, t in _inputs(model)]
    assert np.abs(together - np.concatenate(alone)).max() <= 1e-5


def _inputs(model):
    return [(image[None], trimap[None, ..., None]) for _, image, trimap, _ in drawn_pictures((70, 41))[:2]]


def test_the_onnx_file_of_the_published_network_has_few_nodes(tmp_path):
    model = HOPMatting(window_size=9, width=0.25)  # as many nodes as at full width
    exported = export(model, "onnx", tmp_path / "hop.onnx", (128, 160), verify=False)
    assert exported.operations == len(onnx.load(tmp_path / "hop.onnx").graph.node) <= 1200
    assert exported.bytes < 4 * model.count_params() + 2e6  # nor are there large constants


def test_int8_is_calibrated_in_batches_and_leaves_attention_and_the_last_layer_in_float32(tmp_path, model):
    export(model, "onnx", tmp_path / "hop.onnx", SMALL, "int8", batch=2)
    graph = onnx.load(tmp_path / "hop.onnx").graph
    producers = {name: node.op_type for node in graph.node for name in node.output}
    kept = [n for n in graph.node if n.op_type == "Conv" and producers.get(n.input[1]) != "DequantizeLinear"]
    (last,) = [node for node in kept if "_hop" not in node.name]
    assert len(kept) == 10
    readers = {node.input[0]: node for node in graph.node if node.input}
    following = [readers[last.output[0]]]
    while following[-1].op_type in ("Transpose", "Reshape", "Squeeze", "Unsqueeze"):
        following.append(readers[following[-1].output[0]])
    assert following[-1].op_type == "Tanh"


def test_a_file_that_differs_from_keras_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setitem(verification.TOLERANCES, "float32", (-1.0, 1.0))
    with pytest.raises(ExportError, match="differs from Keras"):
        export(HOPMatting(width=0.25), "saved_model", tmp_path / "model", (64, 64))
    assert list(tmp_path.iterdir()) == []


def test_an_int8_network_with_a_worse_sad_is_not_kept(tmp_path, model, monkeypatch):
    monkeypatch.setattr(verification, "SAD_FACTOR", 0.0)
    skip_without("tflite")
    with pytest.raises(ExportError, match="mean SAD is .* in int8_dynamic"):
        export(model, "tflite", tmp_path / "model.tflite", (32, 32), "int8_dynamic")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "format, package, extra",
    [
        ("onnx", "onnx", "export"),
        ("tflite", "ai_edge_litert", "tflite"),
        ("openvino", "openvino", "openvino"),
        ("tensorrt", "onnx", "export"),
    ],
)
def test_a_missing_package_is_named_with_its_install_command(tmp_path, monkeypatch, format, package, extra):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else find(name))
    with pytest.raises(ExportError, match=rf'{format} needs the package {package}: pip install "hop-tf\[{extra}\]"'):
        export(keras.Model(), format, tmp_path / "model")


def test_a_precision_that_a_format_lacks_is_refused(tmp_path):
    with pytest.raises(ExportError, match="saved_model is written in float32, not in int8"):
        export(keras.Model(), "saved_model", tmp_path / "model", precision="int8")


@pytest.mark.parametrize("entries", [("thesis.txt",), ("model.xml", "thesis.txt"), ("model.xml", "model.bin")])
def test_a_folder_that_is_no_export_in_this_format_is_left_alone(tmp_path, entries):
    for name in entries:
        (tmp_path / name).write_text("kept")
    with pytest.raises(ExportError, match="no export in this format; choose another name"):
        export(keras.Model(), "saved_model", tmp_path, (64, 64))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(entries, "kept")


def test_pictures_without_unknown_pixels_cannot_check_an_int8_network(tmp_path):
    for name, value in (("image", 90), ("trimap", 255), ("alpha", 255)):
        (tmp_path / name).mkdir()
        for stem in "abc":
            shape = (40, 60, 3) if name == "image" else (40, 60)
            Image.fromarray(np.full(shape, value, np.uint8)).save(tmp_path / name / f"{stem}.png")
    with pytest.raises(ExportError, match="none of them has unknown pixels"):
        export(keras.Model(), "onnx", tmp_path / "model.onnx", (32, 32), "int8", pictures=tmp_path)
