import dataclasses
import platform

import pytest

from helpers.engine_report import small_report
from helpers.small_onnx import small_onnx
from hop_tf.export.errors import ExportError
from hop_tf.export.serving.triton import write_triton_model
from hop_tf.inference.engine_report import EngineTensor, report_path

pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="Triton's schema, in the package tritonclient, is installed on Linux x86-64 only",
)


def parsed(model):
    from google.protobuf import text_format
    from tritonclient.grpc import model_config_pb2

    return text_format.Parse((model / "config.pbtxt").read_text(), model_config_pb2.ModelConfig())


def tensors(fields):
    return {f.name: (f.data_type, list(f.dims)) for f in fields}


def write_engine(path, batch=(1, 8), backend="TensorRT"):
    """An engine's report as a build on a GPU leaves it, beside bytes that stand for the engine."""
    shapes = {kind: (n, 64, 96, 3) for kind, n in zip(("min", "max"), batch, strict=True)} if batch else {}
    image = EngineTensor("image", "float16", (-1 if batch else 2, 64, 96, 3), **shapes)
    alpha = EngineTensor("alpha", "float32", (-1 if batch else 2, 64, 96, 1))
    path.write_bytes(b"ftrt")
    report = dataclasses.replace(small_report(path.name), backend=backend, inputs=(image,), outputs=(alpha,))
    report_path(path).write_text(report.to_json())
    return path


def test_a_dynamic_onnx_file_is_batched_by_triton(tmp_path):
    source = small_onnx(tmp_path / "hop.onnx", size=None, batch=None)
    model = write_triton_model(tmp_path / "models", source)
    config = parsed(model)
    fp32 = config.input[0].DESCRIPTOR.fields_by_name["data_type"].enum_type.values_by_name["TYPE_FP32"].number
    assert (config.name, config.platform, config.max_batch_size) == ("hop", "onnxruntime_onnx", 8)
    assert tensors(config.input) == {"image": (fp32, [-1, -1, 3]), "trimap": (fp32, [-1, -1, 1])}
    assert tensors(config.output) == {"alpha": (fp32, [-1, -1, 1])}
    assert config.HasField("dynamic_batching")
    assert (model / "1" / "model.onnx").read_bytes() == source.read_bytes()


def test_a_fixed_onnx_file_keeps_its_batch(tmp_path):
    source = small_onnx(tmp_path / "hop.onnx", (32, 48), batch=2)
    config = parsed(write_triton_model(tmp_path / "models", source, "matting-2"))
    assert (config.name, config.max_batch_size) == ("matting-2", 0) and not config.HasField("dynamic_batching")
    assert list(config.input[0].dims) == [2, 32, 48, 3] and list(config.output[0].dims) == [2, 32, 48, 1]


@pytest.mark.parametrize(
    ("batch", "largest", "dims", "batching"),
    [
        ((1, 4), 4, [64, 96, 3], True),
        ((1, 1), 1, [64, 96, 3], False),
        ((2, 4), 0, [-1, 64, 96, 3], False),  # Triton would also send batches of one
        (None, 0, [2, 64, 96, 3], False),
    ],
)
def test_an_engine_is_batched_as_its_profile_allows(tmp_path, batch, largest, dims, batching):
    model = write_triton_model(tmp_path / "models", write_engine(tmp_path / "hop.engine", batch))
    config = parsed(model)
    assert (config.platform, config.max_batch_size) == ("tensorrt_plan", largest)
    assert list(config.input[0].dims) == dims and config.HasField("dynamic_batching") == batching
    assert "TYPE_FP16" in str(config.input[0]) and (model / "1" / "model.plan").read_bytes() == b"ftrt"


def test_other_models_of_a_repository_are_left_alone_and_an_own_one_is_replaced(tmp_path):
    repository = tmp_path / "models"
    (repository / "other" / "1").mkdir(parents=True)
    (repository / "other" / "config.pbtxt").write_text('name: "other"')
    (repository / "hop").mkdir()
    write_triton_model(repository, small_onnx(tmp_path / "new.onnx", batch=2))
    write_triton_model(repository, small_onnx(tmp_path / "new.onnx", batch=3))
    assert list(parsed(repository / "new").input[0].dims)[0] == 3
    with pytest.raises(ExportError, match="other: exists and was not written by this command"):
        write_triton_model(repository, tmp_path / "new.onnx", "other")
    assert (repository / "other" / "config.pbtxt").read_text() == 'name: "other"'
    assert sorted(p.name for p in repository.iterdir()) == ["hop", "new", "other"]


def test_files_that_triton_cannot_serve_are_reported_and_leave_nothing(tmp_path):
    rtx = write_engine(tmp_path / "hop.engine", backend="TensorRT for RTX")
    (tmp_path / "bare.engine").write_bytes(b"ftrt")
    (tmp_path / "bad.onnx").write_bytes(b"no graph")
    for source, name, message in (
        (rtx, None, "an engine of TensorRT for RTX, which Triton cannot load; serve the ONNX file"),
        (tmp_path / "bare.engine", None, "bare.engine.json: not readable"),
        (tmp_path / "bad.onnx", None, "bad.onnx: not a readable ONNX file"),
        (tmp_path / "missing.onnx", None, "missing.onnx: not a readable ONNX file"),
        (rtx, "../up", "not a valid name for a Triton model"),
    ):
        with pytest.raises(ExportError, match=message):
            write_triton_model(tmp_path / "models", source, name)
    assert not (tmp_path / "models").exists()
