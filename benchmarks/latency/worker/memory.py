"""Memory of a process and of the machine, in bytes."""

import os
import re
import sys
from pathlib import Path

import psutil


def peak_resident() -> int:
    """Return the peak of this process's resident memory so far."""
    if sys.platform == "linux":
        # ru_maxrss includes the parent's peak, as it survives exec
        return 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[1])
    if os.name == "nt":
        return psutil.Process().memory_info().peak_wset
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS


def available(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the memory that can still be allocated: of the machine, or of its container if that has a lower limit."""
    free = psutil.virtual_memory().available
    try:
        limit = (cgroup / "memory.max").read_text().strip()
        inactive = re.search(r"^inactive_file (\d+)", (cgroup / "memory.stat").read_text(), re.MULTILINE)
        used = int((cgroup / "memory.current").read_text()) - int(inactive[1])
        return free if limit == "max" else min(free, int(limit) - used)
    except (OSError, TypeError):
        return free
