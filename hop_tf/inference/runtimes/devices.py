"""The CPU cores and GPUs of this machine."""

import ctypes
import os
from collections.abc import Sequence

from hop_tf.inference.runtimes.errors import NetworkError


def choose_device(device: str | None, here: Sequence[str], library: str) -> str:
    """Return the device to compute on.

    Args:
        device: such as `"cpu"`, `"gpu"` or `"gpu:1"`; `None` for the first of `here`.
        here: the devices that the library sees.
        library: its name.

    Raises:
        NetworkError: if the device is not in `here`.
    """
    if device is None:
        return here[0]
    for name in (device, f"{device}:0"):
        if name in here:
            return name
    raise NetworkError(f"{library} sees no device {device} here; there is {', '.join(here)}")


def processors() -> int:
    """Return the number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def missing_gpu() -> str | None:
    """Return why no NVIDIA GPU can be used here, or `None` if one can. Asks the driver, so it needs no package."""
    return _ask_driver()[1]


def gpus() -> list[str]:
    """Return the names of the NVIDIA GPUs of this machine: "gpu:0", "gpu:1" and so on."""
    return [f"gpu:{i}" for i in range(_ask_driver()[0])]


def _ask_driver():
    """Return the number of GPUs, and why there is none."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0, "no NVIDIA driver is installed (libcuda.so.1 is missing)"
    count = ctypes.c_int()
    code = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    if code:
        return 0, f"the NVIDIA driver does not start (CUDA error {code})"
    return count.value, None if count.value else "the NVIDIA driver sees no GPU"
