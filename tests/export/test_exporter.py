"""Exports of a network whose alpha is the red channel."""

import numpy as np
import onnx
import pytest

from helpers.red_channel import red_channel_network
from hop_tf import HOPMatting
from hop_tf.export import verification
from hop_tf.export.errors import ExportError, VerificationError
from hop_tf.export.exporter import export
from hop_tf.export.formats.onnx_storage import SMALLEST_KERNEL
from hop_tf.export.verification import difference_to_keras
from hop_tf.inference.formats import EXPORT_FORMATS


@pytest.fixture(scope="module")
def network():
    return red_channel_network()


def test_a_file_for_uint8_photos_is_compared_and_takes_them(tmp_path, network):
    exported = export(network, "onnx", tmp_path / "red.onnx", input_dtype="uint8")
    assert exported.compared == "onnx" and exported.difference[0] <= 1e-6 and exported.sad is None
    assert exported.bytes == (tmp_path / "red.onnx").stat().st_size
    types = {x.name: x.type.tensor_type.elem_type for x in onnx.load(tmp_path / "red.onnx").graph.input}
    assert types == {"image": onnx.TensorProto.UINT8, "trimap": onnx.TensorProto.UINT8}
    photo = np.random.default_rng(0).integers(0, 256, (2, 40, 50, 3), np.uint8)
    alpha = EXPORT_FORMATS["onnx"].load(tmp_path / "red.onnx")(photo, np.full((2, 40, 50, 1), 128, np.uint8))
    np.testing.assert_allclose(alpha[..., 0], photo[..., 0] / 255, atol=1e-6)


def test_an_existing_export_is_replaced_as_a_whole(tmp_path, network):
    (tmp_path / "red/variables").mkdir(parents=True)
    (tmp_path / "red/variables/old").touch()
    export(network, "saved_model", tmp_path / "red", (64, 64), verify=False)
    assert (tmp_path / "red/saved_model.pb").is_file() and not (tmp_path / "red/variables/old").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["red"]


def test_an_unverified_export_has_no_difference(tmp_path, network):
    exported = export(network, "saved_model", tmp_path / "red", (64, 64), verify=False)
    assert exported.difference is None and exported.compared == "" and exported.operations > 0
    assert exported.bytes == sum(path.stat().st_size for path in (tmp_path / "red").rglob("*") if path.is_file())


def test_a_file_that_differs_from_keras_is_not_kept(tmp_path, network, monkeypatch):
    monkeypatch.setitem(verification.TOLERANCES, "float32", (-1.0, 1.0))
    with pytest.raises(ExportError, match="red: alpha differs from Keras by .* not kept; --no-verify keeps it"):
        export(network, "saved_model", tmp_path / "red", (64, 64))
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_alpha_differs_from_the_trimap_in_known_pixels_is_not_kept():
    def expected(image, trimap):
        return np.float32(trimap > 128)

    def run(image, trimap):
        return np.where(trimap == 255, np.float32(0.99), expected(image, trimap))

    with pytest.raises(VerificationError, match="differs by up to 1.0e-02 in known pixels, where it must equal"):
        difference_to_keras(run, expected, (2, 64, 96))


@pytest.mark.parametrize("format, precision", [("tflite", "int8_dynamic"), ("onnx", "int8")])
def test_an_int8_network_is_kept_only_if_its_sad_is_about_that_of_keras(
    tmp_path, network, monkeypatch, format, precision
):
    for module in EXPORT_FORMATS[format].writes_with:
        pytest.importorskip(module)
    path = tmp_path / f"red{EXPORT_FORMATS[format].suffix}"
    exported = export(network, format, path, (32, 48), precision)
    assert 0 < exported.sad[0] <= 1.05 * exported.sad[1]
    path.unlink()
    monkeypatch.setattr(verification, "SAD_FACTOR", 0.0)
    with pytest.raises(ExportError, match=f"mean SAD is .* in {precision}"):
        export(network, format, path, (32, 48), precision)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("precision, store, tolerance", [("float32", "float16", 1e-2), ("float16", "float32", 2e-2)])
def test_networks_rounded_to_float16_are_compared_with_tolerances_of_their_own(tmp_path, precision, store, tolerance):
    network = HOPMatting(width=0.25, global_hop=False, local_hops=0)
    exported = export(network, "onnx", tmp_path / "half.onnx", (64, 64), precision, store=store)
    assert 1e-6 < exported.difference[0] <= tolerance
    proto = onnx.load(tmp_path / "half.onnx")
    assert {entry.key: entry.value for entry in proto.metadata_props}["precision"] == precision
    sizes = [np.prod(x.dims) for x in proto.graph.initializer if x.data_type == onnx.TensorProto.FLOAT16]
    assert max(sizes) > SMALLEST_KERNEL and (min(sizes) >= SMALLEST_KERNEL) == (store == "float16")
