"""Exported files in the predictor, with a network whose alpha is the red channel."""

import importlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from helpers.red_channel import red_channel_network
from helpers.small_onnx import small_onnx
from hop_tf.export.exporter import export
from hop_tf.inference import runtimes
from hop_tf.inference.predictor import Predictor
from hop_tf.inference.runtimes.errors import NetworkError, check_precision

PACKAGES = {"onnx": "onnxruntime", "tflite": "ai_edge_litert", "openvino": "openvino"}
NAMES = {"onnx": "red.onnx", "tflite": "red.tflite", "openvino": "red"}


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """Path of the folder with one file for each runtime, for photos of any size, and `fixed.onnx` for 70 x 100."""
    network, folder = red_channel_network(), tmp_path_factory.mktemp("exports")
    for runtime in ("onnx", "tflite"):
        if runtime == "onnx" or importlib.util.find_spec(PACKAGES[runtime]):
            export(network, runtime, folder / NAMES[runtime], verify=False)
    export(network, "saved_model", folder / "red_saved_model", verify=False)
    export(network, "onnx", folder / "fixed.onnx", (70, 100), input_dtype="uint8", verify=False)
    if importlib.util.find_spec("openvino"):
        import openvino

        openvino.save_model(
            openvino.convert_model(folder / "red.onnx"), folder / "red/model.xml", compress_to_fp16=False
        )
    return folder


def skip_without(runtime):
    package = PACKAGES[runtime]
    pytest.importorskip(package, reason=f"needs the package {package}: pip install {package.replace('_', '-')}")


def photo_and_trimap(height, width):
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return photo, rng.choice(np.array([0, 128, 255], np.uint8), (height, width), p=[0.2, 0.6, 0.2])


def check(predictor, size):
    photo, trimap = photo_and_trimap(*size)
    alpha = predictor.predict(photo, trimap)
    assert alpha.dtype == np.float32 and alpha.shape == size
    known = trimap != 128
    np.testing.assert_array_equal(alpha[known], trimap[known] / 255)
    np.testing.assert_allclose(alpha[~known], photo[~known][:, 0] / 255, atol=1e-6)


@pytest.mark.parametrize("runtime", NAMES)
def test_an_exported_file_is_told_by_its_name_and_mattes_photos_of_any_size(exports, runtime):
    skip_without(runtime)
    predictor = Predictor(exports / NAMES[runtime], tile=64, device="cpu")
    assert predictor.network.largest == (np.inf,) * 3
    for size in ((1, 1), (31, 65), (150, 120)):
        check(predictor, size)


@pytest.mark.parametrize("runtime", ["keras", "saved_model", *NAMES])
def test_threads_that_share_a_predictor_get_the_results_of_one_thread(exports, runtime):
    if runtime in NAMES:
        skip_without(runtime)
    source = {"keras": red_channel_network(), "saved_model": exports / "red_saved_model"}.get(runtime)
    predictor = Predictor(source or exports / NAMES[runtime], device="cpu")

    def largest_error(i):
        height, width = ((96, 128), (160, 64))[i % 2]
        photo = np.full((height, width, 3), i, np.uint8)
        alpha = predictor.predict(photo, np.full((height, width), 128, np.uint8))
        return np.abs(alpha - photo[..., 0] / 255).max()

    with ThreadPoolExecutor(8) as threads:
        assert max(threads.map(largest_error, range(160))) <= 1e-6


@pytest.mark.parametrize("tta", [False, True])
def test_a_file_of_one_size_mattes_photos_of_any_size_in_tiles(exports, tta):
    predictor = Predictor(str(exports / "fixed.onnx"), tta=tta)
    assert predictor.network.smallest == predictor.network.largest == (1, 70, 100)
    for size in ((1, 1), (70, 100), (100, 70), (150, 333)):
        check(predictor, size)


def test_a_file_of_several_photos_is_refused(tmp_path):
    path = small_onnx(tmp_path / "four.onnx", batch=4)
    with pytest.raises(NetworkError, match=r"four.onnx: takes 4 photos at a time; export it with --batch 1"):
        Predictor(path)


@pytest.mark.parametrize(
    ("source", "runtime", "expected"),
    [
        ("a/hop.onnx", None, "onnx"),
        ("hop.plan", "tensorrt", "tensorrt"),
        ("hop/model.xml", None, "openvino"),
        ("hop_s_9x9", None, "keras"),
        ("hop.weights.h5", "keras", "keras"),
        ("hop.onnx", "tflite", "hop.onnx: is for the runtime onnx, not for tflite"),
        ("hop_s_9x9", "openvino", "'hop-tf export openvino --dynamic -o hop_openvino'"),
        ("hop_9x9", "tflite", "'hop-tf export tflite --dynamic --preset hop_9x9 -o hop.tflite'"),
        ("mine.keras", "tensorrt", "'hop-tf export tensorrt --dynamic --weights mine.keras -o hop.engine'"),
        (
            "m.weights.h5",
            "onnx",
            "'hop-tf export onnx --dynamic --weights m.weights.h5 --preset no_hop -o hop.onnx'",
        ),
    ],
)
def test_another_runtime_than_the_files_is_answered_with_the_command_that_exports_it(source, runtime, expected):
    if expected in runtimes.RUNTIMES:
        assert runtimes.runtime_of(source, runtime) == expected
    else:
        with pytest.raises(NetworkError, match=expected):
            runtimes.runtime_of(source, runtime, "no_hop")


def test_a_file_with_another_ending_is_run_as_it_is_said_to_be(tmp_path):
    path = small_onnx(tmp_path / "network.bin", size=None)
    assert Predictor(path, runtime="onnx").network.largest[0] == 1


def test_the_precision_of_a_file_is_its_own(tmp_path, exports):
    half = small_onnx(tmp_path / "half.onnx", dtype=np.float16)
    Predictor(half, precision="float16")
    with pytest.raises(
        NetworkError, match="half.onnx: was exported in float16, which is fixed in the file; float32 needs"
    ):
        Predictor(half, precision="float32")
    check_precision(None, "int8")
    skip_without("tflite")
    with pytest.raises(NetworkError, match="red.tflite: was exported in float32"):
        Predictor(exports / "red.tflite", precision="float16")


def test_openvino_computes_in_the_precision_it_is_told(exports):
    skip_without("openvino")
    photo, trimap = photo_and_trimap(80, 90)
    exact = Predictor(exports / "red").predict(photo, trimap)
    rough = Predictor(exports / "red/model.xml", precision="bfloat16").predict(photo, trimap)
    assert np.abs(exact - rough).max() <= 1e-2


@pytest.mark.parametrize("runtime", NAMES)
def test_a_device_that_is_not_here_is_answered_with_those_that_are(exports, runtime):
    skip_without(runtime)
    with pytest.raises(NetworkError, match=r"^[^\n]*red[^\n]* sees no device tpu here; there is cpu"):
        Predictor(exports / NAMES[runtime], device="tpu")


def test_a_network_for_something_else_is_refused(tmp_path):
    from onnx import TensorProto, helper, save

    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Abs", ["x"], ["y"])], "abs", [x], [y])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "abs.onnx")
    with pytest.raises(NetworkError, match="abs.onnx: is no matting network; expected what 'hop-tf export' writes"):
        Predictor(tmp_path / "abs.onnx")


@pytest.mark.parametrize("runtime, name", [("onnx", "bad.onnx"), ("tflite", "bad.tflite"), ("openvino", "bad.xml")])
def test_a_damaged_file_is_one_line(tmp_path, runtime, name):
    skip_without(runtime)
    (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(NetworkError, match=rf"{name}: damaged, or not for \w+ \([^\n]*\)\Z"):
        Predictor(tmp_path / name)
    with pytest.raises(FileNotFoundError, match=f"Received: none{name}"):
        Predictor(f"none{name}")


def test_a_missing_library_is_named_with_its_install_command(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NetworkError, match=r'hop.tflite: TFLite is not installed: pip install "hop-tf\[tflite\]"$'):
        Predictor("hop.tflite")
