"""The bundled network in every format, on photos, in the predictor and with the code of the docs."""

import functools
import re

import numpy as np
import onnx
import pytest
from PIL import Image

from helpers.goldens import ROOT
from hop_tf import HOPMatting, Predictor
from hop_tf.errors import install_hint
from hop_tf.export.exporter import export
from hop_tf.export.formats.onnx_storage import store_in_float16
from hop_tf.export.job import Job
from hop_tf.export.samples import drawn_pictures
from hop_tf.inference.formats import EXPORT_FORMATS
from hop_tf.pictures.reading import read_photo, read_trimap

EXAMPLES = ROOT / "examples"
SMALL = (41, 70)
OF_ONE_SIZE = [
    pytest.param("onnx", "float16", marks=pytest.mark.slow),
    pytest.param("onnx", "int8", marks=pytest.mark.slow),
    pytest.param("tflite", "float16", marks=pytest.mark.slow),
    pytest.param("tflite", "int8_dynamic", marks=pytest.mark.slow),
    pytest.param("tflite", "int8", marks=pytest.mark.slow),
    pytest.param("openvino", "float16", marks=pytest.mark.slow),
]

#: Format -> a word that only its code in the docs contains.
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
def run_reference(model):
    """Keras, as a function of a batch of photos and trimaps. Here and in every export it computes a batch only once."""
    alphas, run = {}, Job(model).run_reference

    def run_once(image, trimap):
        batch = image.shape, image.tobytes(), trimap.tobytes()
        if batch not in alphas:
            alphas[batch] = run(image, trimap)
        return alphas[batch]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Job, "run_reference", lambda job, image, trimap: run_once(image, trimap))
        yield run_once


@pytest.fixture(scope="module")
def of_any_size(model, run_reference, tmp_path_factory):
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


@functools.cache
def drawn_inputs(size):
    """The corner of a drawn picture as float32 `[1, *size, 3]` and `[1, *size, 1]`."""
    _, photo, trimap, _ = drawn_pictures((96, 128), count=1)[0]
    return np.float32(photo[None, : size[0], : size[1]]), np.float32(trimap[None, : size[0], : size[1], None])


def check_mattes(network, run_reference, size, tolerance):
    """Compare a network with Keras on a drawn picture, and with the promises about alpha."""
    photo, trimap = drawn_inputs(size)
    alpha = network(photo, trimap)
    assert alpha.shape == (1, *size, 1) and alpha.dtype == np.float32 and 0 <= alpha.min() and alpha.max() <= 1
    known = trimap != 128
    assert np.array_equal(alpha[known], trimap[known] / 255)
    assert np.abs(alpha - run_reference(photo, trimap)).mean() <= tolerance


@pytest.mark.parametrize("format", LOADS)
def test_a_network_for_any_size_mattes_as_keras_does(of_any_size, run_reference, format):
    exported, path = of_any_size(format)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert exported.compared == format and exported.difference[0] <= 1e-4
    network = EXPORT_FORMATS[format].load(path)
    for size in ((1, 1), (75, 40), (96, 128)):
        check_mattes(network, run_reference, size, 1e-5)


@pytest.mark.parametrize("format, precision", OF_ONE_SIZE)
def test_a_network_for_one_size_mattes_as_keras_does(tmp_path, model, run_reference, format, precision):
    skip_without(format)
    path = tmp_path / f"model{EXPORT_FORMATS[format].suffix}"
    exported = export(model, format, path, SMALL, precision)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    check_mattes(EXPORT_FORMATS[format].load(path), run_reference, SMALL, {"float16": 5e-3}.get(precision, 0.05))
    if precision == "float16":
        assert exported.difference[0] <= 2e-2 and exported.difference[1] <= 2e-3
    else:
        assert exported.sad[0] <= 1.05 * exported.sad[1]


@pytest.fixture(scope="module")
def macaws():
    """A part of the example photo and its trimap."""
    window = np.s_[100:250, 180:380]
    return read_photo(EXAMPLES / "macaws.jpg")[window], read_trimap(EXAMPLES / "macaws_trimap.png")[window]


@pytest.fixture(scope="module")
def alpha_of_macaws(model, macaws):
    return Predictor(model, tile=128).predict(*macaws)


@pytest.mark.parametrize("format", LOADS)
def test_the_predictor_finds_the_same_alpha_of_a_photo_with_an_exported_file(
    of_any_size, macaws, alpha_of_macaws, format
):
    alpha = Predictor(of_any_size(format)[1], tile=128).predict(*macaws)
    known = macaws[1] != 128
    assert 0.1 < known.mean() < 0.9 and np.array_equal(alpha[known], macaws[1][known] / 255)
    assert np.abs(alpha - alpha_of_macaws).max() <= 1e-4


@pytest.fixture(scope="module")
def alpha_of_example(run_reference):
    photo, trimap = read_photo(EXAMPLES / "macaws.jpg"), read_trimap(EXAMPLES / "macaws_trimap.png")
    return run_reference(photo[None], trimap[None, ..., None])[0, ..., 0]


@pytest.mark.parametrize("format", LOADS)
def test_the_deployment_code_in_the_docs_mattes_the_example(
    of_any_size, tmp_path, monkeypatch, alpha_of_example, format
):
    page = (ROOT / "docs/export.md").read_text()
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if LOADS[format] in code]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(EXAMPLES)
    (tmp_path / re.search(r'"(hop[\w.]*)', code)[1]).symlink_to(of_any_size(format)[1])
    exec(code, {})
    assert np.abs(np.array(Image.open("alpha.png")) / 255 - alpha_of_example).max() <= 1 / 255


def test_an_onnx_file_is_valid_readable_and_takes_any_number_of_photos(of_any_size):
    _, path = of_any_size("onnx")
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in [*proto.graph.input, *proto.graph.output]
    }
    any_size = ["batch", "height", "width"]
    assert shapes == {"image": [*any_size, 3], "trimap": [*any_size, 1], "alpha": [*any_size, 1]}
    assert any(node.name.startswith("decoder_stage1_block0_conv1") for node in proto.graph.node)
    network = EXPORT_FORMATS["onnx"].load(path)
    inputs = [(photo[None], trimap[None, ..., None]) for _, photo, trimap, _ in drawn_pictures((70, 41), count=2)]
    together = network(*(np.concatenate(x) for x in zip(*inputs, strict=True)))
    alone = [network(photo, trimap) for photo, trimap in inputs]
    assert np.abs(together - np.concatenate(alone)).max() <= 1e-5


def test_kernels_in_float16_halve_the_onnx_file_and_hardly_change_alpha(
    of_any_size, tmp_path, run_reference, macaws, alpha_of_macaws
):
    proto, path = onnx.load(of_any_size("onnx")[1]), tmp_path / "hop.onnx"
    store_in_float16(proto)
    onnx.save(proto, path)
    assert path.stat().st_size <= 14e6
    network = EXPORT_FORMATS["onnx"].load(path, "cpu", "float32")
    inputs = drawn_inputs((96, 128))
    difference = np.abs(network(*inputs) - run_reference(*inputs))
    assert difference.max() <= 3e-3 and difference.mean() <= 1e-4
    difference = np.abs(Predictor(path, tile=128, device="cpu").predict(*macaws) - alpha_of_macaws)
    assert difference.max() <= 1e-2 and difference.mean() <= 1e-4
