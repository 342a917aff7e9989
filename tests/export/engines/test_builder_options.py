"""Options that reach the real builder of TensorRT for RTX, whose interface is that of TensorRT."""

import json
import platform

import pytest

from helpers.small_onnx import small_onnx
from hop_tf.export.engines.builder_options import BUILDER_OPTIONS, given, set_builder_options
from hop_tf.export.engines.building import build_engine
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.engines.report import describe
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.tensorrt_library import Backend, capturing_logger, find_backend

pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="TensorRT for RTX is installed from PyPI on Linux x86-64 only",
)
VALUES = {
    "workspace_mib": 64,
    "tf32": True,
    "builder_optimization_level": 5,
    "max_aux_streams": 2,
    "hardware_compatibility_level": "ampere+",
    "version_compatible": True,
    "strip_weights": True,
    "refit": True,
}


def setting(trt, config, name):
    """What the builder's configuration says about an option."""
    flags = {
        "tf32": "TF32",
        "version_compatible": "VERSION_COMPATIBLE",
        "strip_weights": "STRIP_PLAN",
        "refit": "REFIT",
    }
    if name in flags:
        return config.get_flag(trt.BuilderFlag.__members__[flags[name]])
    if name == "workspace_mib":
        return config.get_memory_pool_limit(trt.MemoryPoolType.WORKSPACE) >> 20
    return getattr(config, name)


@pytest.fixture
def library():
    backend = find_backend(rtx=True)
    log = capturing_logger(backend.trt)
    return backend, backend.trt.Builder(log).create_builder_config(), log


@pytest.mark.parametrize("name", [name for name in VALUES if name != "hardware_compatibility_level"])
def test_an_option_reaches_the_builder(library, name):
    backend, config, log = library
    before = setting(backend.trt, config, name)
    set_builder_options(backend, config, EngineOptions(**{name: VALUES[name]}), log)
    assert setting(backend.trt, config, name) == VALUES[name]
    if name != "tf32":  # the library's own default is true
        assert before != VALUES[name] and not setting(backend.trt, config, "tf32")


def test_every_option_of_the_table_is_tried():
    assert set(VALUES) == set(BUILDER_OPTIONS) == set(given(EngineOptions(**VALUES)))


def test_an_option_that_the_library_warns_about_is_one_line(library):
    backend, config, log = library
    with pytest.raises(ExportError, match=r"^--hardwareCompatibilityLevel ampere\+: .* unsupported in TensorRT-RTX$"):
        set_builder_options(backend, config, EngineOptions(hardware_compatibility_level="ampere+"), log)


def test_an_option_that_the_library_lacks_is_one_line(library):
    backend, config, log = library

    class Older:
        """The same library without auxiliary streams, which TensorRT before 8.6 does not have."""

        __slots__ = ("clear_flag",)

    older = Older()
    older.clear_flag = config.clear_flag
    with pytest.raises(ExportError, match="^--maxAuxStreams: TensorRT .* does not have this option$"):
        set_builder_options(Backend(backend.trt, rtx=False), older, EngineOptions(max_aux_streams=2), log)


@pytest.mark.parametrize("name", ["hardware_compatibility_level", "version_compatible", "strip_weights", "refit"])
def test_options_that_tensorrt_for_rtx_cannot_build_are_refused_before_the_build(tmp_path, name):
    if not missing_gpu() and name in ("strip_weights", "refit"):
        pytest.skip("there is a GPU")
    options = EngineOptions(compute_capabilities=("8.9",), **{name: VALUES[name]})
    with pytest.raises(
        ExportError, match=rf"^{BUILDER_OPTIONS[name].flag}: TensorRT for RTX \S+ (does not|needs a GPU)"
    ):
        build_engine(small_onnx(tmp_path / "small.onnx"), tmp_path / "e.engine", options)
    assert [path.name for path in tmp_path.iterdir()] == ["small.onnx"]


def test_the_report_names_options_and_layers_after_fusion(tmp_path, capsys):
    options = EngineOptions(
        compute_capabilities=("8.9",),
        builder_optimization_level=5,
        dump_layer_info=True,
        export_layer_info=tmp_path / "layers.json",
    )
    report = build_engine(small_onnx(tmp_path / "small.onnx"), tmp_path / "e.engine", options)
    assert report.options == {"builder_optimization_level": 5}
    layers = json.loads((tmp_path / "layers.json").read_text())["Layers"]
    assert sum(report.layers.fused.values()) == len(layers) == len(capsys.readouterr().out.splitlines())
    assert report.layers.fused["correlation"] >= 2  # convolutions
    names = [layer["Name"] for layer in layers]
    assert any("conv1" in name for name in names)
    (alpha,) = layers[-1]["Outputs"]
    assert alpha["Name"].startswith("alpha") and alpha["Datatype"] == "Float" and alpha["Dimensions"] == [1, 32, 48, 1]
    text = "\n".join(describe(report))
    assert "options: --builderOptimizationLevel 5" in text and "after fusion: " in text
