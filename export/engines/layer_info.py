"""The layers of an engine after fusion: read back from the engine, or from the builder's log if it cannot be loaded."""

import json
import re
from pathlib import Path
from typing import Any

from hop_tf.export.engines.options import EngineOptions
from hop_tf.inference.runtimes.tensorrt_library import capturing_logger
from hop_tf.pictures.atomic_write import atomic_write

Layer = dict[str, Any]
_START = "Layers:"  # of the verbose message of TensorRT for RTX that lists the layers
_LAYER = re.compile(
    r"^Name: (.*?), LayerType: (\w*), Inputs: (.*?), Constants: .*?, Outputs: (.*?), TacticName: ", re.M
)
_TENSOR = re.compile(r"Name: (.*?), Dimensions: \[([-\d,]*)\].*?Datatype: (\w+)")


def layer_logger(trt: Any) -> Any:
    """Return a logger like that of `capturing_logger`, which also keeps the builder's list of layers.

    Returns:
        `trt.ILogger` with `layers`, the list in the library's words, with the layers of all profiles; `""` if the
        library does not log it.
    """
    base: Any = type(capturing_logger(trt))

    class Log(base):
        def __init__(self):
            super().__init__()
            self.layers = ""

        def log(self, severity, message):
            if message.startswith(_START):
                self.layers = message
            super().log(severity, message)

    return Log()


def parse_layers(text: str) -> list[Layer]:
    """Return the layers of a builder's list, in the keys of TensorRT's engine inspector.

    Args:
        text: the logger's `layers`.

    Returns:
        For each layer, in the order of execution, `"Name"`, `"LayerType"`, `"Inputs"` and `"Outputs"`; the last two are
        lists of `"Name"`, `"Dimensions"` and `"Datatype"`.
    """
    return [
        {"Name": name, "LayerType": kind, "Inputs": _tensors(inputs), "Outputs": _tensors(outputs)}
        for name, kind, inputs, outputs in _LAYER.findall(text)
    ]


def show_layers(layers: list[Layer], options: EngineOptions) -> None:
    """Print the layers and write them to a file, as the options say."""
    if options.dump_layer_info:
        for layer in layers:
            print(describe_layer(layer))
    if options.export_layer_info:
        with atomic_write(Path(options.export_layer_info)) as aside:
            aside.write_text(json.dumps({"Layers": layers}, indent=2) + "\n")


def describe_layer(layer: Layer) -> str:
    """Return a line with the type, the name and the outputs of a layer."""
    outputs = ", ".join(
        f"{x['Name']} {x.get('Datatype') or x.get('Format/Datatype', '')} {x['Dimensions']}"
        for x in layer.get("Outputs", [])
    )
    return f"{layer.get('LayerType', '')} {layer['Name']} -> {outputs}".strip()


def _tensors(text):
    return [
        {"Name": name, "Dimensions": [int(n) for n in dimensions.split(",") if n], "Datatype": dtype}
        for name, dimensions, dtype in _TENSOR.findall(text)
    ]
