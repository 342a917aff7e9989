import hashlib
import os
import platform
import signal

import numpy as np
import onnxruntime
import pytest
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

from helpers.small_onnx import N_WEIGHTS, small_onnx
from hop_tf.export.engines import building
from hop_tf.export.engines.building import build_engine
from hop_tf.export.engines.options import EngineOptions, Profile
from hop_tf.export.engines.report import describe
from hop_tf.export.errors import ExportError
from hop_tf.inference.engine_report import EngineReport, EngineTensor, OnnxFile
from hop_tf.inference.runtimes.tensorrt import TensorRTNetwork

pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="TensorRT for RTX is installed from PyPI on Linux x86-64 only",
)
ANY = {"size": None, "batch": None}
TYPES = {"float32": np.float32, "float16": np.float16}


@pytest.mark.parametrize("shapes", [{}, ANY], ids=["fixed", "dynamic"])
@pytest.mark.parametrize("precision", TYPES)
@pytest.mark.parametrize("capability", ["8.0", "8.6", "8.9", "12.0"])
def test_an_engine_is_built_without_a_gpu_and_has_the_precision_of_its_graph(tmp_path, capability, precision, shapes):
    source = small_onnx(tmp_path / "small.onnx", dtype=TYPES[precision], **shapes)
    engine = tmp_path / "small.engine"
    report = build_engine(source, engine, EngineOptions(precision, (capability,)))
    assert EngineReport.read(engine) == report
    assert sorted(p.name for p in tmp_path.iterdir()) == ["small.engine", "small.engine.json", "small.onnx"]
    assert report.compute_capabilities == (capability,) and report.backend == "TensorRT for RTX"
    assert report.precision == precision and report.heavy_layers == {"CONVOLUTION": {precision: 3}}
    assert report.bytes == engine.stat().st_size
    per_weight = report.weights.bytes / N_WEIGHTS
    assert report.weights.elements == N_WEIGHTS
    assert {"float32": 4, "float16": 2}[precision] <= per_weight <= {"float32": 4.3, "float16": 2.5}[precision]


def test_the_report_names_source_types_shapes_and_profile(tmp_path):
    source = small_onnx(tmp_path / "small.onnx", **ANY)
    shapes = {
        kind: {"image": (n, 64, s, 3), "trimap": (n, 64, s, 1)}
        for kind, n, s in (("min", 1, 64), ("opt", 1, 128), ("max", 4, 256))
    }
    profiles = (Profile(**shapes), Profile(opt=shapes["max"]))
    options = EngineOptions(compute_capabilities=("8.6", "8.9"), timing_cache=tmp_path / "times", profiles=profiles)
    report = build_engine(source, tmp_path / "e.plan", options)
    assert report.engine == "e.plan"
    assert report.onnx == OnnxFile("small.onnx", hashlib.sha256(source.read_bytes()).hexdigest())
    shapes = {"min": (1, 64, 64, 3), "opt": (1, 64, 128, 3), "max": (4, 64, 256, 3)}
    second = ((4, 64, 256, 3),) * 3
    assert report.input("image") == EngineTensor("image", "float32", (-1, -1, -1, 3), **shapes, further=(second,))
    assert report.outputs == (EngineTensor("alpha", "float32", (-1, -1, -1, 1)),)
    text = "\n".join(describe(report))
    assert "for compute capability 8.6, 8.9" in text and "precision float32: 3 convolution float32" in text
    assert "image float32 ?x?x?x3 min 1x64x64x3 opt 1x64x128x3 max 4x64x256x3" in text
    assert "image float32 ?x?x?x3 min 4x64x256x3 opt 4x64x256x3 max 4x64x256x3" in text
    assert "timing cache not used" in text and not (tmp_path / "times").exists()


def test_a_report_does_not_name_an_onnx_file_that_is_not_kept(tmp_path):
    source = small_onnx(tmp_path / "small.onnx")
    report = build_engine(source, tmp_path / "e.engine", EngineOptions(compute_capabilities=("8.9",)), keep_onnx=False)
    assert report.onnx == OnnxFile(None, hashlib.sha256(source.read_bytes()).hexdigest())
    assert EngineReport.read(tmp_path / "e.engine") == report
    assert "small.onnx" not in (tmp_path / "e.engine.json").read_text()


@pytest.mark.parametrize(("asked", "made"), [("float16", "float32"), ("float32", "float16"), ("int8", "float32")])
def test_another_precision_than_asked_for_is_refused_and_nothing_is_kept(tmp_path, asked, made):
    source = small_onnx(tmp_path / "small.onnx", dtype=TYPES[made])
    with pytest.raises(ExportError, match=f"not a {asked} network.* are 3 {made}; .* export that in {asked}"):
        build_engine(source, tmp_path / "e.engine", EngineOptions(asked, ("8.9",)))
    assert [p.name for p in tmp_path.iterdir()] == ["small.onnx"]


def test_an_engine_whose_weights_are_too_large_for_its_precision_is_not_kept(tmp_path, monkeypatch):
    source = small_onnx(tmp_path / "small.onnx", dtype=np.float16)
    monkeypatch.setattr(building, "_weights_bytes", lambda log: 4 * N_WEIGHTS + 65536)
    with pytest.raises(ExportError, match="the engine is not float16.*not kept"):
        build_engine(source, tmp_path / "e.engine", EngineOptions("float16", ("8.9",)))
    assert [p.name for p in tmp_path.iterdir()] == ["small.onnx"]


def test_convolutions_between_quantize_and_dequantize_nodes_count_as_int8(tmp_path):
    zeros = {"image": np.zeros((1, 32, 48, 3), np.float32), "trimap": np.zeros((1, 32, 48, 1), np.float32)}
    samples = iter([zeros])
    reader = type("Samples", (CalibrationDataReader,), {"get_next": lambda self: next(samples, None)})()
    source = tmp_path / "int8.onnx"
    quantize_static(
        small_onnx(tmp_path / "small.onnx"),
        source,
        reader,
        op_types_to_quantize=["Conv"],
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
        extra_options={"ActivationSymmetric": True, "QuantizeBias": False},
    )
    report = build_engine(source, tmp_path / "e.engine", EngineOptions("int8", ("8.9",)))
    assert report.precision == "int8" and report.heavy_layers == {"CONVOLUTION": {"int8": 3}}
    assert report.weights.bytes < 2 * N_WEIGHTS


def refused(tmp_path, source, message, **options):
    (tmp_path / "e.engine").write_text("an earlier one")
    with pytest.raises(ExportError, match=message) as caught:
        build_engine(source, tmp_path / "e.engine", EngineOptions(**{"compute_capabilities": ("8.9",)} | options))
    assert "\n" not in str(caught.value) and "/_src" not in str(caught.value)
    assert (tmp_path / "e.engine").read_text() == "an earlier one"
    assert set(os.listdir(tmp_path)) <= {"small.onnx", "e.engine"}


def test_an_operator_that_tensorrt_lacks_is_named_with_its_node(tmp_path):
    source = small_onnx(tmp_path / "small.onnx", last="Det")
    refused(tmp_path, source, r"small.onnx: TensorRT for RTX .* cannot read it: node last \(Det\): unsupported node$")


def test_too_little_workspace_is_reported(tmp_path):
    source = small_onnx(tmp_path / "small.onnx", (1024, 1024))
    refused(tmp_path, source, "cannot build an engine: .* workspace.*; --memPoolSize allows 1 MiB", workspace_mib=1)


def test_an_unsupported_compute_capability_is_an_error_that_lists_the_supported_ones(tmp_path):
    source = small_onnx(tmp_path / "small.onnx")
    refused(
        tmp_path, source, "computeCapabilities 9.0: .* builds for 7.5, 8.0, 8.6, 8.9", compute_capabilities=("9.0",)
    )


def test_damaged_and_missing_onnx_files_are_one_line(tmp_path):
    refused(tmp_path, tmp_path / "small.onnx", "small.onnx: not a readable ONNX file .*No such file")
    (tmp_path / "small.onnx").write_bytes(b"no graph")
    refused(tmp_path, tmp_path / "small.onnx", "small.onnx: not a readable ONNX file")


def test_a_missing_folder_is_reported_before_the_build(tmp_path):
    with pytest.raises(ExportError, match="none/e.engine: the folder .*none does not exist"):
        build_engine(small_onnx(tmp_path / "small.onnx"), tmp_path / "none" / "e.engine")


def test_ctrl_c_ends_a_build_and_keeps_nothing(tmp_path, monkeypatch):
    results = []

    class Interrupted:
        def __init__(self, builder):
            self.builder = builder

        def __getattr__(self, name):
            return getattr(self.builder, name)

        def build_serialized_network(self, network, config):
            os.kill(os.getpid(), signal.SIGINT)
            results.append(self.builder.build_serialized_network(network, config))
            return results[0]

    parse = building._parse
    monkeypatch.setattr(building, "_parse", lambda *args: (Interrupted((parsed := parse(*args))[0]), *parsed[1:]))
    source = small_onnx(tmp_path / "small.onnx")
    with pytest.raises(KeyboardInterrupt):
        build_engine(source, tmp_path / "e.engine", EngineOptions(compute_capabilities=("8.9",)))
    assert results == [None]  # the library stopped instead of finishing
    assert [p.name for p in tmp_path.iterdir()] == ["small.onnx"]


@pytest.mark.gpu
@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-4), ("float16", 2e-2)])
def test_an_engine_on_the_gpu_gives_what_onnx_runtime_gives(tmp_path, precision, tolerance):
    pytest.importorskip("cuda.bindings", reason="needs the package cuda-bindings: pip install cuda-bindings")
    source = small_onnx(tmp_path / "small.onnx", dtype=TYPES[precision], **ANY)
    report = build_engine(source, tmp_path / "e.engine", EngineOptions(precision))
    assert report.is_read_back and report.layers.engine > 0
    rng = np.random.default_rng(0)
    for height, width in ((64, 96), (128, 64)):
        image = rng.uniform(0, 255, (1, height, width, 3)).astype(np.float32)
        trimap = rng.uniform(0, 255, (1, height, width, 1)).astype(np.float32)
        alpha = TensorRTNetwork(tmp_path / "e.engine")(image, trimap)
        session = onnxruntime.InferenceSession(str(source), providers=["CPUExecutionProvider"])
        assert np.abs(alpha - session.run(["alpha"], {"image": image, "trimap": trimap})[0]).max() <= tolerance
