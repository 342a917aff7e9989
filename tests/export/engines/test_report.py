import enum
import json
from types import SimpleNamespace

import pytest

from helpers.small_onnx import small_onnx
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.engines.report import describe, engine_report
from hop_tf.export.errors import ExportError
from hop_tf.inference.engine_report import EngineTensor, Layers, Weights
from hop_tf.inference.runtimes.tensorrt_library import Backend

Severity = enum.IntEnum("Severity", ["INTERNAL_ERROR", "ERROR", "WARNING", "INFO", "VERBOSE"], start=0)
Type = enum.Enum("Type", ["FLOAT", "HALF"])
SHAPES = {"image": [-1, 64, 96, 3], "alpha": [-1, 64, 96, 1]}


def fake_trt(inspected, loads=True):
    """TensorRT on a machine with a GPU: its runtime loads one engine, described by the inspector as given."""
    engine = SimpleNamespace(
        num_io_tensors=2,
        num_optimization_profiles=2,
        num_layers=7,
        get_tensor_name=["image", "alpha"].__getitem__,
        get_tensor_mode=lambda name: "in" if name == "image" else "out",
        get_tensor_dtype=lambda name: Type.HALF if name == "image" else Type.FLOAT,
        get_tensor_shape=SHAPES.get,
        get_tensor_profile_shape=lambda name, index: [(n * (index + 1), 64, 96, 3) for n in (1, 2, 4)],
        create_engine_inspector=lambda: SimpleNamespace(get_engine_information=lambda form: json.dumps(inspected)),
    )

    class Runtime:
        def __init__(self, log):
            log.log(Severity.INFO, "a GPU")
            log.log(Severity.VERBOSE, "much")
            log.log(Severity.ERROR, "IRuntime::load: Error Code 1: Internal (bad plan. In load at /_src/plan.cpp:7)")

        def deserialize_cuda_engine(self, content):
            return engine if loads else None

    return SimpleNamespace(
        __version__="11.4",
        ILogger=type("ILogger", (), {"Severity": Severity}),
        Runtime=Runtime,
        TensorIOMode=SimpleNamespace(INPUT="in"),
        LayerInformationFormat=SimpleNamespace(JSON="json"),
    )


def report_of(tmp_path, trt):
    source = small_onnx(tmp_path / "small.onnx")
    (tmp_path / "e.engine").write_bytes(b"ftrt")
    network = SimpleNamespace(num_layers=9, num_inputs=0, num_outputs=0)
    options, weights = EngineOptions("float16"), Weights(9, None)
    path, backend = tmp_path / "e.engine", Backend(trt, False)
    report, _ = engine_report(path.name, path, source, backend, options, network, [], "float16", {}, weights, [])
    return report


@pytest.mark.parametrize("key", ["Format/Datatype", "DataType"])  # TensorRT 10, TensorRT 11
def test_an_engine_that_loads_is_described_by_itself(tmp_path, key):
    layers = [{"Name": "conv", "Outputs": [{"Name": "x", key: "Half"}]}, {"Outputs": [{key: "Half"}, {key: "Float"}]}]
    report = report_of(tmp_path, fake_trt({"Layers": layers}))
    shapes = {kind: (n, 64, 96, 3) for kind, n in (("min", 1), ("opt", 2), ("max", 4))}
    further = ((2, 64, 96, 3), (4, 64, 96, 3), (8, 64, 96, 3))
    assert report.inputs == (EngineTensor("image", "float16", (-1, 64, 96, 3), **shapes, further=(further,)),)
    assert report.outputs == (EngineTensor("alpha", "float32", (-1, 64, 96, 1)),)
    assert report.layers == Layers(network=9, engine=7) and report.formats == {"Half": 2, "Float": 1}
    assert report.compute_capabilities is None and report.is_read_back
    text = "\n".join(describe(report))
    assert "TensorRT 11.4 for the GPU here" in text and "7 layers, 9 layers before fusion" in text


def test_an_engine_of_the_gpu_here_that_does_not_load_is_an_error(tmp_path):
    with pytest.raises(ExportError, match="the built engine cannot be loaded: bad plan; not kept"):
        report_of(tmp_path, fake_trt({}, loads=False))
