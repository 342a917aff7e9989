"""A GPU whose memory is the host's: buffers, views and copies are real, and work waits in a queue as on a stream."""

import ctypes

import numpy as np
from cuda.core import Buffer, MemoryResource
from cuda.core.utils import StridedMemoryView

from hop_tf.inference.runtimes.gpu_memory import Gpu


class Host(MemoryResource):
    """Host memory as `cuda.core.Buffer`; `live` holds what has not been freed."""

    is_device_accessible, is_host_accessible, device_id = False, True, -1

    def __init__(self):
        self.live = {}

    def allocate(self, size, *, stream=None):
        array = np.full(size, 0xA5, np.uint8)
        self.live[array.ctypes.data] = array
        return Buffer.from_handle(array.ctypes.data, size, mr=self)

    def deallocate(self, ptr, size, *, stream=None):
        self.live.pop(int(ptr))[...] = 0x5A  # what still reads it reads rubbish


class OnGpu(np.ndarray):
    """An array that `HostGpu` takes for one in its memory."""


class HostGpu(Gpu):
    """`Gpu` without a GPU. Queued work is done by `sync`, or recorded by `record`."""

    def __init__(self, index=0):
        self.allocations, self.stream, self.queue, self.memory = 0, 7, [], Host()
        self.recordings = 0

    def make_current(self):
        pass

    def allocate(self, size, on_host=False):
        self.allocations += 1
        return self.memory.allocate(size)

    def copy(self, source, target):
        assert source.size == target.size  # as cuda.core asks for
        self.queue.append(lambda: ctypes.memmove(int(target.handle), int(source.handle), source.size))

    def holds(self, array):
        return isinstance(array, OnGpu)

    def view(self, array):
        return StridedMemoryView.from_any_interface(array.view(np.ndarray), stream_ptr=-1)

    def record(self, launch):
        self.recordings += 1
        done, self.queue = self.queue, []
        launch()
        recorded, self.queue = self.queue, done
        return lambda: self.queue.extend(recorded)

    def sync(self):
        queue, self.queue = self.queue, []
        for work in queue:
            work()
