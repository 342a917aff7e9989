"""Which devices are here."""

import ctypes
import os

from hop_tf.inference.runtimes.errors import NetworkError


def choose_device(device, here, library):
    """The device to compute on.

    Args:
        device: str such as "cpu", "gpu" or "gpu:1"; None for the first of `here`.
        here: sequence of str, the devices that the library sees.
        library: str, its name.

    Raises:
        NetworkError: if `here` does not have it.
    """
    if device is None:
        return here[0]
    for name in (device, f"{device}:0"):
        if name in here:
            return name
    raise NetworkError(f"{library} sees no device {device} here; there is {', '.join(here)}")


def processors():
    """How many processors this process may use: int."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def missing_gpu():
    """Why no NVIDIA GPU can be used here, or None if one can. Asks the driver itself, so it needs no package."""
    return _ask_driver()[1]


def gpus():
    """The NVIDIA GPUs here: list of "gpu:0", "gpu:1" and so on."""
    return [f"gpu:{i}" for i in range(_ask_driver()[0])]


def _ask_driver():
    """How many GPUs there are, and why none if there is none."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0, "no NVIDIA driver is installed (libcuda.so.1 is missing)"
    count = ctypes.c_int()
    code = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    if code:
        return 0, f"the NVIDIA driver does not start (CUDA error {code})"
    return count.value, None if count.value else "the NVIDIA driver sees no GPU"
