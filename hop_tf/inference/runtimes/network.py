"""The interface of every runtime: photo and trimap in, alpha out."""

import math
import threading
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from hop_tf.inference.runtimes.errors import NetworkError

Shape = tuple[float, ...]


class Network:
    """A loaded network; one subclass per library runs it.

    Threads may share a network. It runs one batch at a time and further calls wait, because most libraries keep inputs
    and outputs of a run in the network. One run uses all cores and bounds its own memory, so this costs little time.

    Attributes:
        library: name of the library.
        device: where it computes, such as `"cpu"` or `"gpu:0"`.
        precision: what it computes in, such as `"float32"`; `None` if the file does not say.
        smallest, largest: smallest and largest (batch, height, width) that it accepts, `math.inf` for no limit. Sizes
            between them are multiples of 32.
        input_dtype: dtype in which it takes photos; uint8 for some exported files.
        base_bytes, bytes_per_pixel: rough memory of a process on a CPU in float32: a constant, and an amount for each
            pixel that is processed at once.
    """

    library: str = ""
    device: str = "cpu"
    precision: str | None = None
    smallest: Shape = (1, 1, 1)
    largest: Shape = (math.inf, math.inf, math.inf)
    input_dtype: Any = np.float32
    base_bytes: float = 0.5e9
    bytes_per_pixel: float = 1600

    def __init__(self) -> None:
        self._turn = threading.Lock()

    @property
    def description(self) -> str:
        """Library, device and precision in words, such as "ONNX Runtime on cpu, float32"."""
        return f"{self.library} on {self.device}" + (f", {self.precision}" if self.precision else "")

    def __call__(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """Return the alpha of a batch of photos.

        Args:
            image: `[batch, height, width, 3]`, RGB in 0..255, of any numeric dtype.
            trimap: `[batch, height, width, 1]` in 0..255, of any numeric dtype.

        Returns:
            float32 array `[batch, height, width, 1]`, which later calls do not change.
        """
        with self._turn:
            return np.array(self._run(image, trimap), np.float32)  # a copy, since OpenVINO reuses the memory

    def batch(self, height: int, width: int) -> int:
        """Return how many photos of a size are best processed at once: 1 unless a GPU computes more in less time."""
        return 1

    def _run(self, image: np.ndarray, trimap: np.ndarray) -> Any:
        """Return the alpha of a batch of photos. Only one thread at a time calls it."""
        raise NotImplementedError


class ExportedNetwork(Network):
    """A network written by `hop-tf export`; it pads, crops and sets known pixels itself.

    Subclasses take batches in `input_dtype`.

    Args:
        inputs: name of each input -> its shape and NumPy dtype. A size that is not a positive int is dynamic.
        outputs: names of its outputs.

    Raises:
        NetworkError: if these are not the inputs and outputs of a matting network.
    """

    def __init__(self, inputs: Mapping[str, tuple], outputs: Collection[str]):
        super().__init__()
        channels = {name: list(shape[3:]) for name, (shape, dtype) in inputs.items() if dtype}
        if channels != {"image": [3], "trimap": [1]} or "alpha" not in outputs:
            raise NetworkError("is no matting network; expected what 'hop-tf export' writes")
        shape, self.input_dtype = inputs["image"]
        free = [not isinstance(n, int) or n <= 0 for n in shape[:3]]
        self.smallest = tuple(1 if is_free else n for n, is_free in zip(shape, free, strict=False))
        self.largest = tuple(math.inf if is_free else n for n, is_free in zip(shape, free, strict=False))

    def __call__(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        return super().__call__(image.astype(self.input_dtype, copy=False), trimap.astype(self.input_dtype, copy=False))
