"""Memory of a process and of the machine, in bytes."""

import os
import re
import sys
from pathlib import Path


def resident():
    """Resident memory of this process now."""
    import psutil

    return psutil.Process().memory_info().rss


def peak_resident():
    """The most resident memory that this process has had."""
    if sys.platform == "linux":
        # ru_maxrss would be that of the parent where that was larger: it outlives the start of another program
        return 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[1])
    if os.name == "nt":
        import psutil

        return psutil.Process().memory_info().peak_wset
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def available(cgroup=Path("/sys/fs/cgroup")):
    """What can still be taken: of the machine, or of the container where that has a limit of its own."""
    import psutil

    free = psutil.virtual_memory().available
    try:
        limit = (cgroup / "memory.max").read_text().strip()
        inactive = re.search(r"^inactive_file (\d+)", (cgroup / "memory.stat").read_text(), re.MULTILINE)
        used = int((cgroup / "memory.current").read_text()) - int(inactive[1])
        return free if limit == "max" else min(free, int(limit) - used)
    except (OSError, TypeError):
        return free
