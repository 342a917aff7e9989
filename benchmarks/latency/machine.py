"""The machine that a report is measured on: its parts, its state, and whether anything else keeps it busy."""

import contextlib
import importlib.metadata
import platform
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cpuinfo
import psutil
import pynvml as nvml

from hop_tf.inference.runtimes.devices import missing_gpu, processors

PACKAGES = ("tensorflow", "keras", "numpy", "onnx", "onnxruntime", "onnxruntime-gpu", "ai-edge-litert", "openvino")
PACKAGES += ("tensorrt", "tensorrt_rtx_cu13_bindings", "cuda-bindings", "nvidia-cudnn-cu12", "nvidia-cudnn-cu13")
INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16", "asimd", "sve")
SYSTEM, CGROUP = Path("/sys/devices/system"), Path("/sys/fs/cgroup")

SHARE = 0.1  # of the processors: more than a quiet desktop uses
STOLEN = 0.05
WINDOW = 2.0  # seconds
PATIENCE = 90.0  # seconds; the load of the last minute takes so long to forget a benchmark
GPU_STATE = {
    "gpu_mhz": lambda gpu: nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_SM),
    "gpu_max_mhz": lambda gpu: nvml.nvmlDeviceGetMaxClockInfo(gpu, nvml.NVML_CLOCK_SM),
    "gpu_memory_mhz": lambda gpu: nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_MEM),
    "gpu_watts": lambda gpu: nvml.nvmlDeviceGetPowerUsage(gpu) / 1e3,
    "gpu_watts_limit": lambda gpu: nvml.nvmlDeviceGetPowerManagementLimit(gpu) / 1e3,
    "gpu_celsius": lambda gpu: nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU),
    "gpu_throttle_reasons": lambda gpu: nvml.nvmlDeviceGetCurrentClocksEventReasons(gpu),
    "gpu_use_percent": lambda gpu: nvml.nvmlDeviceGetUtilizationRates(gpu).gpu,
    "gpu_persistence_mode": lambda gpu: nvml.nvmlDeviceGetPersistenceMode(gpu),
    "gpu_mig_mode": lambda gpu: nvml.nvmlDeviceGetMigMode(gpu)[0],
}
GPU_FACTS = {
    "gpu": lambda gpu: nvml.nvmlDeviceGetName(gpu),
    "driver": lambda gpu: nvml.nvmlSystemGetDriverVersion(),
    "driver_cuda": lambda gpu: "{}.{}".format(*divmod(nvml.nvmlSystemGetCudaDriverVersion() // 10, 100)),
    "gpu_memory_gb": lambda gpu: round(nvml.nvmlDeviceGetMemoryInfo(gpu).total / 1e9, 1),
}
SLOWED = 0x8 | 0x20 | 0x40 | 0x80  # NVML: hardware slowdown, software and hardware thermal slowdown, power brake


def describe_machine() -> dict[str, Any]:
    """Describe this machine.

    Returns:
        Names to values that JSON can hold, `None` where the machine does not say. "processors" are those that this
        process may use; "gpu" is "none: ..." if it cannot be used.
    """
    cpu, no_gpu = cpuinfo.get_cpu_info(), missing_gpu()
    installed = {x.name: x.version for x in importlib.metadata.distributions()}
    quota, memory = (_text(CGROUP / "cpu.max") or "max").split(), _text(CGROUP / "memory.max") or "max"
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    commit = "unknown"
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        commit = subprocess.check_output(git, text=True, stderr=subprocess.DEVNULL).strip()
    return {
        "cpu": cpu.get("brand_raw") or platform.processor() or platform.machine(),
        "instructions": " ".join(name for name in INSTRUCTIONS if name in cpu.get("flags", ())),
        "processors": processors(),
        "logical_processors": psutil.cpu_count(),
        "cores": psutil.cpu_count(logical=False),
        "simultaneous_multithreading": {"1": "on", "0": "off"}.get(_text(SYSTEM / "cpu/smt/active")),
        "governor": _text(SYSTEM / "cpu/cpu0/cpufreq/scaling_governor"),
        "numa_nodes": len(list(SYSTEM.glob("node/node[0-9]*"))) or None,
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "container_processors": None if quota[0] == "max" else int(quota[0]) / int(quota[1]),
        "container_memory_gb": None if memory == "max" else round(int(memory) / 1e9, 1),
        **({"gpu": f"none: {no_gpu}" if no_gpu else "NVIDIA", "driver": ""} | _ask_gpu(GPU_FACTS)),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "commit": commit,
        "versions": {name: installed[name] for name in PACKAGES if name in installed},
    }


def state() -> dict[str, Any]:
    """Return the load of the last minute, the processors' frequency and the state of the first GPU."""
    frequency = psutil.cpu_freq() if hasattr(psutil, "cpu_freq") else None
    return {"load": psutil.getloadavg()[0], "mhz": frequency and round(frequency.current), **_ask_gpu(GPU_STATE)}


class Use(NamedTuple):
    """Counters of processor use since the machine started, in seconds, and of slowed clocks.

    Attributes:
        clock: seconds on the clock.
        used, stolen: seconds of all processors, by all processes and by other virtual machines.
        own: seconds of this process and its ended children.
        slowed: how often clocks or this container were throttled.
    """

    clock: float
    used: float
    stolen: float
    own: float
    slowed: int

    @classmethod
    def now(cls) -> "Use":
        """Read the counters."""
        x, own = psutil.cpu_times(), sum(psutil.Process().cpu_times()[:4])
        used = sum(getattr(x, name, 0.0) for name in ("user", "system", "nice", "irq", "softirq"))
        slowed = [_text(path) or 0 for path in SYSTEM.glob("cpu/cpu*/thermal_throttle/*_throttle_count")]
        slowed += re.findall(r"nr_throttled (\d+)", _text(CGROUP / "cpu.stat") or "")
        return cls(time.monotonic(), used, getattr(x, "steal", 0.0), own, sum(map(int, slowed)))


def disturbances(before: Use, after: Use) -> list[str]:
    """Return what else kept the machine busy between two readings, in words; empty if nothing did."""
    change = Use(*(new - old for old, new in zip(before, after, strict=True)))
    seconds = change.clock * psutil.cpu_count()
    others, stolen = (change.used - change.own) / seconds, change.stolen / seconds
    found = [f"other processes use {others:.0%} of the processors"] if others > SHARE else []
    found += [f"other virtual machines take {stolen:.0%} of the processors"] if stolen > STOLEN else []
    found += [f"clocks or the container were throttled {change.slowed} times"] if change.slowed else []
    slowed = _ask_gpu(GPU_STATE).get("gpu_throttle_reasons", 0) & SLOWED
    return found + ["the clocks of the GPU are throttled"] * bool(slowed)


def wait_until_idle(say: Callable[[str], None], patience: float = PATIENCE) -> list[str]:
    """Wait for an idle machine; return why it is still busy after `patience` seconds, in words."""
    end = time.monotonic() + patience
    while True:
        for process in psutil.process_iter():
            _share(process)
        before = Use.now()
        time.sleep(WINDOW)
        found, load = disturbances(before, Use.now()), psutil.getloadavg()[0]
        if load > processors():
            found.append(f"the load of the last minute is {load:.1f} on {processors()} processors")
        if not found:
            return []
        shares = {f"{x.info['name']} (process {x.pid})": _share(x) for x in psutil.process_iter(["name"])}
        found.append(f"the busiest is {max(shares, key=shares.get)}")
        if time.monotonic() > end:
            return found
        say(f"waiting for an idle machine: {', '.join(found)}")


def _share(process: psutil.Process) -> float:
    """Return the processor time of another process since the last call, in percent of a processor."""
    with contextlib.suppress(psutil.Error):
        return process.cpu_percent() if process != psutil.Process() else 0.0
    return 0.0


def _ask_gpu(questions: dict[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """Return what NVML answers for the first GPU; nothing without one."""
    answers = {}
    with contextlib.suppress(nvml.NVMLError):
        nvml.nvmlInit()
        gpu = nvml.nvmlDeviceGetHandleByIndex(0)
        for name, ask in questions.items():
            with contextlib.suppress(nvml.NVMLError):  # not every GPU knows each
                answers[name] = ask(gpu)
    return answers


def _text(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return path.read_text().strip()
    return None
