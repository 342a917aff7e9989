"""OpenVINO models: a folder, or the `.xml` file in it."""

from pathlib import Path

from hop_tf.inference.runtimes.devices import choose_device
from hop_tf.inference.runtimes.network import ExportedNetwork

HINTS = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}


class OpenVINONetwork(ExportedNetwork):
    """An exported OpenVINO model. By default it computes in float32, whatever precision its weights are stored in.

    OpenVINO's own default would be bfloat16 on processors with AMX.
    """

    library = "OpenVINO"

    def __init__(self, path: str | Path, device: str | None = None, precision: str | None = None):
        import openvino

        path = Path(path)
        core = openvino.Core()
        here = {"cpu": "CPU"}  # first, since an Intel GPU must be asked for by name
        for name in core.available_devices:  # CPU; GPU or GPU.0, GPU.1
            kind, _, index = name.lower().partition(".")
            here["cpu" if kind == "cpu" else f"{kind}:{index or 0}"] = name
        self.device = choose_device(device, list(here), self.library)
        self.precision = precision or "float32"
        settings = {"INFERENCE_PRECISION_HINT": HINTS[self.precision]}
        compiled = core.compile_model(path / "model.xml" if path.is_dir() else path, here[self.device], settings)
        inputs = {
            x.any_name: ([n.get_length() if n.is_static else None for n in x.partial_shape], x.element_type.to_dtype())
            for x in compiled.inputs
        }
        super().__init__(inputs, [x.any_name for x in compiled.outputs])
        self._compiled = compiled

    def _run(self, image, trimap):
        return self._compiled({"image": image, "trimap": trimap})["alpha"]
