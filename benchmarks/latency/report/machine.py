"""The machine that a report was measured on."""

import importlib.metadata
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

import cpuinfo
import psutil

from hop_tf.inference.runtimes.devices import missing_gpu, processors

PACKAGES = ("tensorflow", "keras", "numpy", "onnx", "onnxruntime", "onnxruntime-gpu", "ai-edge-litert", "openvino")
PACKAGES += ("tensorrt", "tensorrt_rtx_cu13_bindings", "cuda-bindings")
INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16", "asimd", "sve")


def describe_machine() -> dict[str, Any]:
    """Describe this machine.

    Returns:
        "cpu", "instructions" (those relevant to networks), "processors" (that this process may use), "memory_gb", "gpu"
        ("none: ..." if it cannot be used) and "driver", "system", "python", "load" (mean number of busy processors over
        the last minute), "commit" of this repository, and "versions", package to version.
    """
    cpu, no_gpu = cpuinfo.get_cpu_info(), missing_gpu()
    gpus = _output("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader")
    gpu, _, driver = gpus.partition("\n")[0].partition(", ")
    commit = _output("git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12")
    installed = {x.name: x.version for x in importlib.metadata.distributions()}
    return {
        "cpu": cpu.get("brand_raw") or platform.processor() or platform.machine(),
        "instructions": " ".join(name for name in INSTRUCTIONS if name in cpu.get("flags", ())),
        "processors": processors(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "gpu": f"none: {no_gpu}" if no_gpu else gpu or "NVIDIA; nvidia-smi does not run",
        "driver": "" if no_gpu else driver,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(psutil.getloadavg()[0], 2),
        "commit": commit or "unknown",
        "versions": {name: installed[name] for name in PACKAGES if name in installed},
    }


def _output(*command: str) -> str:
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, capture_output=True, text=True)
    return "" if done.returncode else done.stdout.strip()
