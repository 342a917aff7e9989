"""TensorRT engines, run on the GPU of this machine. An engine is native code: load only those from people you trust."""

import os
from typing import Any

from hop_tf.inference.engine_report import EngineReport, report_path
from hop_tf.inference.runtimes.errors import check_precision
from hop_tf.inference.runtimes.gpu_memory import Gpu
from hop_tf.inference.runtimes.network import ExportedNetwork
from hop_tf.inference.runtimes.tensorrt_engine import OpenEngine, RuntimeOptions, open_engine
from hop_tf.inference.runtimes.tensorrt_session import EngineSession

__all__ = ["OpenEngine", "RuntimeOptions", "TensorRTNetwork", "open_engine"]


class TensorRTNetwork(ExportedNetwork):
    """An engine of TensorRT or TensorRT for RTX.

    It accepts the sizes of its optimisation profiles. Its precision is read from the report beside it.

    Args:
        path: file of the engine.
        device: `"gpu"` or `"gpu:N"`; `None` for the first GPU.
        precision: the precision that the engine must have; `None` accepts any.
        options: how it runs; `None` for CUDA graphs and a cache of compiled kernels in the user's cache folder.

    Raises:
        NetworkError: as from `open_engine`, and if it has another precision.

    Example:
        Photos and alpha stay on the GPU with any library that knows DLPack.

        >>> network = TensorRTNetwork("hop.engine")  # doctest: +SKIP
        >>> alpha = torch.from_dlpack(network(image.cuda(), trimap.cuda()))  # doctest: +SKIP
    """

    def __init__(
        self,
        path: str | os.PathLike,
        device: str | None = None,
        precision: str | None = None,
        options: RuntimeOptions | None = None,
    ):
        if report_path(path).is_file():
            self.precision = EngineReport.read(path).precision
        if precision:
            check_precision(precision, self.precision)
        options = options or RuntimeOptions()
        opened = open_engine(path, device, options)
        self.library = "TensorRT for RTX" if opened.rtx else "TensorRT"
        self.device = device or "gpu:0"
        engine = opened.engine
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        is_input = opened.trt.TensorIOMode.INPUT
        inputs = {
            name: (tuple(engine.get_tensor_shape(name)), opened.dtype(name))
            for name in names
            if engine.get_tensor_mode(name) == is_input
        }
        super().__init__(inputs, names)
        self._profiles = opened.profiles()
        self.smallest, self.largest = (
            tuple(map(extreme, zip(*(profile[i] for profile in self._profiles), strict=True)))
            for extreme, i in ((min, 0), (max, -1))
        )
        self._session = EngineSession(opened, Gpu(opened.device), options.cuda_graph)

    def batch(self, height: int, width: int) -> int:
        sizes = [
            high[0] for low, _, high in self._profiles if low[1] <= height <= high[1] and low[2] <= width <= high[2]
        ]
        return max(sizes, default=1)

    def __call__(self, image: Any, trimap: Any, out: Any = None) -> Any:
        """Return the alpha of a batch of photos.

        Args:
            image: `[batch, height, width, 3]`, RGB in 0..255: a NumPy array of any dtype; or, on the GPU, an array of
                the dtype `input_dtype` with DLPack or `__cuda_array_interface__`, which is not copied over the host.
            trimap: `[batch, height, width, 1]` in 0..255, the same.
            out: array for the alpha, float32 `[batch, height, width, 1]`, on the host or the GPU; `None` for a new one.

        Returns:
            `out`; or, where the photos are, a float32 NumPy array or an object on the GPU that supports DLPack. Later
            calls do not change it.

        Raises:
            NetworkError: on shapes that no profile contains, on arrays on the GPU of another dtype, or if the engine
                does not run.
            MemoryError: if the GPU has too little memory.
        """
        with self._turn:
            return self._session.run(image, trimap, out)
