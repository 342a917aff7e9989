"""An `OpenEngine` that computes on the host: its alpha is the red channel divided by 255."""

import ctypes
import math
from types import SimpleNamespace

import numpy as np

from hop_tf.inference.runtimes.tensorrt_engine import OpenEngine

CHANNELS = {"image": 3, "trimap": 1, "alpha": 1}


def at(address, shape, dtype=np.float32):
    """Return the array that lies at an address."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    return np.frombuffer((ctypes.c_byte * size).from_address(address), dtype).reshape(shape)


class HostContext:
    """`trt.IExecutionContext`: the size and addresses that count are those at the time of the launch."""

    def __init__(self, engine):
        self.engine, self.size, self.profile, self.addresses, self.scratch = engine, None, 0, {}, None

    def set_optimization_profile_async(self, index, stream):
        self.profile = index
        return True

    def set_input_shape(self, name, shape):
        low, _, high = self.engine.profiles[self.profile]
        if shape[3] != CHANNELS[name] or not all(a <= b <= c for a, b, c in zip(low, shape, high, strict=False)):
            return False
        self.size = shape[:3]
        return True

    def get_tensor_shape(self, name):
        return (*self.size, CHANNELS[name])

    def update_device_memory_size_for_shapes(self):
        return 4 * math.prod(self.size)

    def set_device_memory(self, address, size):
        assert size >= 4 * math.prod(self.size)
        self.scratch = address

    def set_tensor_address(self, name, address):
        self.addresses[name] = address

    def execute_async_v3(self, stream):
        shapes = {name: self.get_tensor_shape(name) for name in CHANNELS}
        image, trimap, alpha = (at(self.addresses[name], shape) for name, shape in shapes.items())
        scratch = at(self.scratch, self.size)
        size = self.size

        def work():
            self.engine.sizes.append(size)
            scratch[...] = image[..., 0] / 255
            np.copyto(alpha[..., 0], scratch)

        self.engine.gpu.queue.append(work)
        return True


class HostEngine:
    """`trt.ICudaEngine` with the smallest, best and largest (batch, height, width) of each profile."""

    num_io_tensors = len(CHANNELS)

    def __init__(self, gpu, *profiles):
        self.gpu, self.profiles, self.sizes, self.contexts = gpu, profiles, [], 0

    @property
    def num_optimization_profiles(self):
        return len(self.profiles)

    def get_tensor_name(self, i):
        return list(CHANNELS)[i]

    def get_tensor_mode(self, name):
        return "output" if name == "alpha" else "input"

    def get_tensor_dtype(self, name):
        return np.float32

    def get_tensor_shape(self, name):
        low, _, high = self.profiles[0]
        return (*(low if low == high else (-1, -1, -1)), CHANNELS[name])

    def get_tensor_profile_shape(self, name, index):
        return [(*shape, CHANNELS[name]) for shape in self.profiles[index]]

    def create_execution_context(self, config):
        self.contexts += 1
        return HostContext(self)


def host_engine(gpu, *profiles, rtx=False):
    """Return an `OpenEngine`; `engine.sizes` of it lists the (batch, height, width) of each run."""
    trt = SimpleNamespace(
        TensorIOMode=SimpleNamespace(INPUT="input"),
        ExecutionContextAllocationStrategy=SimpleNamespace(USER_MANAGED="user"),
        nptype=lambda dtype: dtype,
    )
    log = SimpleNamespace(first_error=lambda: "it gave no reason")
    return OpenEngine(trt, None, HostEngine(gpu, *profiles), log, 0, rtx)
