"""OpenVINO's folders, or the `.xml` file in one."""

from pathlib import Path

from hop_tf.inference.runtimes.devices import choose_device
from hop_tf.inference.runtimes.errors import import_library
from hop_tf.inference.runtimes.network import ExportedNetwork

HINTS = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}


class OpenVINONetwork(ExportedNetwork):
    """An exported OpenVINO model; the device computes in float32 unless told otherwise, whatever the weights are in.

    OpenVINO left to itself takes bfloat16 on processors with AMX.
    """

    def __init__(self, path, device=None, precision=None):
        openvino, path = import_library("openvino", "openvino"), Path(path)
        core = openvino.Core()
        here = {"cpu": "CPU"}  # the first, as Intel's GPUs are asked for by name
        for name in core.available_devices:  # CPU; GPU or GPU.0, GPU.1
            kind, _, index = name.lower().partition(".")
            here["cpu" if kind == "cpu" else f"{kind}:{index or 0}"] = name
        device = here[choose_device(device, list(here), "OpenVINO")]
        settings = {"INFERENCE_PRECISION_HINT": HINTS[precision or "float32"]}
        compiled = core.compile_model(path / "model.xml" if path.is_dir() else path, device, settings)
        inputs = {
            x.any_name: ([n.get_length() if n.is_static else None for n in x.partial_shape], x.element_type.to_dtype())
            for x in compiled.inputs
        }
        super().__init__(inputs, [x.any_name for x in compiled.outputs])
        self._run = lambda image, trimap: compiled({"image": image, "trimap": trimap})["alpha"]
