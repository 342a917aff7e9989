"""Model repositories of the Triton Inference Server."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import onnx

from hop_tf.export.errors import ExportError
from hop_tf.export.onnx_files import read_onnx
from hop_tf.export.publishing import publish
from hop_tf.inference.engine_report import EngineReport, report_path

#: Name, data type and shape of an input or output.
Tensor = tuple[str, str, list[int]]

MARK = "# Written by HOP-TF; replaced when the model is exported again."
MAX_BATCH = 8  # of ONNX files with a dynamic batch; engines have a largest batch of their own


def write_triton_model(repository: str | os.PathLike, source: str | os.PathLike, name: str | None = None) -> Path:
    """Add a model to a Triton model repository: `repository/name/config.pbtxt` and `repository/name/1/model.*`.

    Triton batches requests dynamically if the file has a dynamic batch. With a fixed batch, each request is one batch.

    Args:
        repository: the repository, created if it is missing. Its other models stay as they are.
        source: an `.onnx` file, or a TensorRT engine with its report beside it.
        name: the model's name; `None` for the file's name up to the first dot.

    Returns:
        The model's folder. It appears whole or not at all, and replaces one that this function wrote.

    Raises:
        ExportError: if Triton cannot serve the file, its inputs are unknown, the name does not fit a folder, or the
            folder was not written by this function.
    """
    repository, source = Path(repository), Path(source)
    name = source.name.split(".")[0] if name is None else name
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise ExportError(f"{name!r}: not a valid name for a Triton model; expected letters, digits, '_', '-' and '.'")
    if repository.exists() and not repository.is_dir():
        raise ExportError(f"{repository}: is a file; expected the folder of a Triton model repository")
    model = repository / name
    if model.exists() and not _is_ours(model):
        raise ExportError(f"{model}: exists and was not written by this command; choose another name")
    is_onnx = source.suffix == ".onnx"
    config = triton_config(name, *(_onnx_tensors(source) if is_onnx else _engine_tensors(source)))
    try:
        repository.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=repository, prefix=".export-") as folder:
            aside = Path(folder) / "written" / name
            (aside / "1").mkdir(parents=True)
            (aside / "config.pbtxt").write_text(config)
            shutil.copyfile(source, aside / "1" / ("model.onnx" if is_onnx else "model.plan"))
            publish(aside, model, Path(folder) / "before")
    except OSError as error:
        raise ExportError(f"{model}: cannot be written ({error.strerror}); choose another place") from error
    return model


def triton_config(name: str, platform: str, inputs: list[Tensor], outputs: list[Tensor], max_batch: int) -> str:
    """Return the text of a `config.pbtxt`.

    Args:
        name: the model's name.
        platform: `"onnxruntime_onnx"` or `"tensorrt_plan"`.
        inputs: name, Triton's data type, such as `"TYPE_FP32"`, and shape, with -1 for dynamic axes, of each input.
        outputs: the same of each output.
        max_batch: the largest dynamic batch; 0 to let each request choose its batch.
    """
    batched = max_batch > 0 and all(shape and shape[0] == -1 for _, _, shape in inputs + outputs)
    lines = [MARK, f'name: "{name}"', f'platform: "{platform}"', f"max_batch_size: {max_batch if batched else 0}"]
    for field, tensors in (("input", inputs), ("output", outputs)):
        for tensor, data_type, shape in tensors:
            dims = ", ".join(map(str, shape[1:] if batched else shape))
            lines.append(f'{field} {{\n  name: "{tensor}"\n  data_type: {data_type}\n  dims: [ {dims} ]\n}}')
    if batched and max_batch > 1:
        lines.append("dynamic_batching { }")
    return "\n".join(lines) + "\n"


def _is_ours(model):
    config = model / "config.pbtxt"
    return config.is_file() and config.read_text(errors="replace").startswith(MARK)


def _onnx_tensors(path):
    graph = read_onnx(path).graph
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in graph.initializer):
        raise ExportError(f"{path}: keeps its weights in external files; save it as a single file for Triton")

    def entry(value):
        tensor = value.type.tensor_type
        dims = [d.dim_value if d.HasField("dim_value") else -1 for d in tensor.shape.dim]
        return value.name, _data_type(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type).name), dims

    return "onnxruntime_onnx", [entry(v) for v in graph.input], [entry(v) for v in graph.output], MAX_BATCH


def _engine_tensors(path):
    try:
        report = EngineReport.read(path)
    except (OSError, ValueError) as error:
        raise ExportError(f"{report_path(path)}: not readable; expected the report of the engine {path}") from error
    if report.backend != "TensorRT":
        raise ExportError(
            f"{path}: an engine of {report.backend}, which Triton cannot load; serve the ONNX file, "
            "or build the engine with TensorRT on the server's GPU"
        )
    inputs, outputs = (
        [(tensor.name, _data_type(tensor.dtype), list(tensor.shape)) for tensor in tensors]
        for tensors in (report.inputs, report.outputs)
    )
    takes_one = all(tensor.min[0] == 1 for tensor in report.inputs if tensor.min)  # Triton may send any batch
    largest = min((tensor.max[0] for tensor in report.inputs if tensor.max), default=0)
    return "tensorrt_plan", inputs, outputs, largest if takes_one else 0


def _data_type(name):
    """Return Triton's name of a NumPy type: "TYPE_FP32" for "float32", "TYPE_UINT8" for "uint8"."""
    return "TYPE_" + name.upper().replace("BFLOAT", "BF").replace("FLOAT", "FP")
