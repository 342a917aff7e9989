"""Memory of an NVIDIA GPU, through cuda.core: one stream, and tensors whose memory only grows."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hop_tf.inference.runtimes.errors import NetworkError

DLPACK_GPU = (2, 13)  # DLPack's device types of GPU memory: plain and managed


class Gpu:
    """One GPU, with one stream on which all copies and launches are queued.

    Args:
        index: index of the GPU.

    Attributes:
        stream: handle of the CUDA stream.
        allocations: number of buffers allocated so far.
    """

    def __init__(self, index: int) -> None:
        from cuda.core import Device, LegacyPinnedMemoryResource

        self._device, self._pinned, self.allocations = Device(index), LegacyPinnedMemoryResource(), 0
        self.make_current()
        self._stream = self._device.create_stream()
        self.stream = int(self._stream.handle)

    def make_current(self) -> None:
        """Make this the GPU of the calling thread, since CUDA keeps the choice per thread."""
        self._device.set_current()

    def allocate(self, size: int, on_host: bool = False) -> Any:
        """Return a new `cuda.core.Buffer` of `size` bytes on the GPU, or page-locked on the host.

        Raises:
            MemoryError: if the GPU has too little memory left.
        """
        self.allocations += 1
        try:
            return (self._pinned if on_host else self._device).allocate(size, stream=self._stream)
        except Exception as error:  # the class of cuda.core's error is not public
            if "OUT_OF_MEMORY" in str(error):
                raise MemoryError(f"the GPU has no {size / 1e6:.0f} MB left") from error
            raise

    def copy(self, source: Any, target: Any) -> None:
        """Queue a copy between two buffers of one size."""
        source.copy_to(target, stream=self._stream)

    def holds(self, array: Any) -> bool:
        """Return whether an array lies on a GPU and can be shared, by `__cuda_array_interface__` or DLPack."""
        if hasattr(array, "__cuda_array_interface__"):
            return True
        return hasattr(array, "__dlpack_device__") and array.__dlpack_device__()[0] in DLPACK_GPU

    def view(self, array: Any) -> Any:
        """Return the `cuda.core.utils.StridedMemoryView` of an array on the GPU, after the work that produces it."""
        from cuda.core.utils import StridedMemoryView

        return StridedMemoryView.from_any_interface(array, stream_ptr=self.stream)

    def record(self, launch: Callable[[], None]) -> Callable[[], None]:
        """Record the work that `launch` queues as a CUDA graph and return a function that queues the graph."""
        builder = self._stream.create_graph_builder().begin_building("thread_local")
        try:
            launch()
        finally:
            builder.end_building()
        graph = builder.complete()
        return lambda: graph.launch(self._stream)

    def sync(self) -> None:
        """Wait until all queued work is done."""
        self._stream.sync()


class Tensor:
    """An input or output of a network: memory on the GPU, and page-locked memory on the host once it is needed.

    The memory grows with the largest shape so far and lives as long as the tensor.

    Args:
        gpu: where to allocate.
        dtype: NumPy dtype of the elements.
    """

    def __init__(self, gpu: Gpu, dtype: Any) -> None:
        self._gpu, self.dtype = gpu, np.dtype(dtype)
        self.shape: tuple[int, ...] = (0,)
        self._device: Any = None  # buffers that may be larger than the shape needs
        self._host: Any = None
        self._device_part: Any = None  # exactly what the shape needs
        self._host_part: Any = None
        self._array: Any = None  # of the host part

    @property
    def address(self) -> int:
        """Address on the GPU."""
        return int(self._device.handle)

    @property
    def _bytes(self):
        return math.prod(self.shape) * self.dtype.itemsize

    def resize(self, shape: tuple[int, ...]) -> bool:
        """Set the shape and return whether that moved the memory on the GPU. No work may be queued."""
        if shape == self.shape:
            return False
        size, self.shape = math.prod(shape) * self.dtype.itemsize, (0,)
        self._device_part = self._host_part = self._array = None
        moved = self._device is None or self._device.size < size
        if moved:
            self._device = None  # freed first
            self._device = self._gpu.allocate(size)
        self._device_part, self.shape = _part(self._device, size), shape
        return moved

    def upload(self, array: Any) -> None:
        """Queue the copy of an array of the tensor's shape to the GPU.

        Args:
            array: any dtype on the host; on the GPU contiguous and of the tensor's dtype.

        Raises:
            NetworkError: if an array on the GPU is not of that kind.
        """
        if self._gpu.holds(array):
            self._gpu.copy(self._whole(self._gpu.view(array)), self._device_part)
        else:
            np.copyto(self._on_host(), np.asarray(array), casting="unsafe")
            self._gpu.copy(self._host_part, self._device_part)

    def download(self, out: Any = None, on_gpu: bool = False) -> Any:
        """Copy the values to an array, and wait for this and all queued work.

        Args:
            out: array of the tensor's shape, on the host or the GPU; `None` for a new one.
            on_gpu: whether a new array lies on the GPU.

        Returns:
            `out`; or a float32 NumPy array; or, on the GPU, `cuda.core.utils.StridedMemoryView`, which supports DLPack.
        """
        gpu = self._gpu
        if not (on_gpu if out is None else gpu.holds(out)):
            array = self._on_host()
            gpu.copy(self._device_part, self._host_part)
            gpu.sync()
            if out is None:
                return np.array(array, np.float32)
            np.copyto(out, array)
            return out
        if out is None:
            from cuda.core.utils import StridedMemoryView

            out = view = StridedMemoryView.from_buffer(gpu.allocate(self._bytes), self.shape, dtype=self.dtype)
        else:
            view = gpu.view(out)
        if view.readonly:
            raise NetworkError("alpha cannot be written to a read-only array")
        gpu.copy(self._device_part, self._whole(view))
        gpu.sync()
        return out

    def _on_host(self):
        """Return the page-locked array of the tensor's shape."""
        if self._array is None:
            if self._host is None or self._host.size < self._bytes:
                self._host = None
                self._host = self._gpu.allocate(self._bytes, on_host=True)
            self._host_part = _part(self._host, self._bytes)
            self._array = np.from_dlpack(self._host)[: self._bytes].view(self.dtype).reshape(self.shape)
        return self._array

    def _whole(self, view):
        """Return the buffer of a view that has the tensor's dtype and shape and is contiguous."""
        wanted, given = (f"{x.dtype} {list(x.shape)}" for x in (self, view))
        steps = zip(self.shape, view.strides or (), np.cumprod((1, *self.shape[:0:-1]))[::-1], strict=False)
        if wanted != given or any(n > 1 and stride != dense for n, stride, dense in steps):
            raise NetworkError(f"takes arrays on the GPU only as contiguous {wanted}, not {given}")
        return _part(view, self._bytes, view.ptr)


def _part(owner, size, address=None):
    """Return the first `size` bytes of an owner's memory as a buffer."""
    from cuda.core import Buffer

    return Buffer.from_handle(int(owner.handle) if address is None else address, size, owner=owner)
