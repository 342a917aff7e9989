"""TFLite files, run by LiteRT."""

from pathlib import Path

import numpy as np

from hop_tf.inference.runtimes.devices import choose_device, processors
from hop_tf.inference.runtimes.errors import check_precision
from hop_tf.inference.runtimes.network import ExportedNetwork


class TFLiteNetwork(ExportedNetwork):
    """An exported TFLite file, run on all available CPU cores."""

    library = "LiteRT"
    base_bytes, bytes_per_pixel = 0.3e9, 4200  # hop_s_9x9 takes 2400, and hop_9x9 1.7 times as much

    def __init__(self, path: str | Path, device: str | None = None, precision: str | None = None):
        from ai_edge_litert.interpreter import Interpreter

        self.device = choose_device(device, ["cpu"], self.library)
        interpreter = Interpreter(str(path), num_threads=processors())  # LiteRT's default is one thread
        interpreter.allocate_tensors()  # here rather than in the first run, since it writes to stderr
        self.precision = _precision(interpreter)
        check_precision(precision, self.precision)
        run = interpreter.get_signature_runner("serving_default")
        inputs = {name: (x["shape_signature"].tolist(), x["dtype"]) for name, x in run.get_input_details().items()}
        super().__init__(inputs, run.get_output_details())
        self._runner = run

    def _run(self, image, trimap):
        return self._runner(image=image, trimap=trimap)["alpha"]


def _precision(interpreter):
    dtypes = {x["dtype"] for x in interpreter.get_tensor_details()}
    return "int8" if np.int8 in dtypes else "float16" if np.float16 in dtypes else "float32"
