"""What a report was measured on."""

import importlib.metadata
import platform
import re
import shutil
import subprocess
from pathlib import Path

import psutil

from hop_tf.inference.runtimes.devices import missing_gpu, processors

PACKAGES = (
    "tensorflow",
    "keras",
    "numpy",
    "onnx",
    "onnxruntime",
    "onnxruntime-gpu",
    "ai-edge-litert",
    "openvino",
    "tensorrt",
    "tensorrt_rtx_cu13_bindings",
    "cuda-bindings",
)
INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16", "asimd", "sve")


def machine():
    """Describes this machine.

    Returns:
        dict of str and numbers: "cpu", "instructions" (those that matter to networks), "processors" (that this process
        may use), "memory_gb", "gpu" and "driver" ("none: ..." says why there is none), "system", "python", "load" (mean
        number of busy processors over the last minute, before anything was measured), "commit" of this repository, and
        "versions", dict from package to version.
    """
    import cpuinfo

    cpu = cpuinfo.get_cpu_info()
    gpu, driver = _gpu()
    return {
        "cpu": cpu.get("brand_raw") or platform.processor() or platform.machine(),
        "instructions": " ".join(name for name in INSTRUCTIONS if name in cpu.get("flags", ())),
        "processors": processors(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "gpu": gpu,
        "driver": driver,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(psutil.getloadavg()[0], 2),
        "commit": _commit(),
        "versions": _versions(),
    }


def _gpu():
    if no_gpu := missing_gpu():
        return f"none: {no_gpu}", ""
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    lines = _output(query).splitlines()
    if not lines:
        return "NVIDIA, name unknown: nvidia-smi does not run", ""
    name, driver = re.split(r",\s*", lines[0])
    return name, driver


def _commit():
    folder = str(Path(__file__).parent)
    return _output(["git", "-C", folder, "describe", "--always", "--dirty", "--abbrev=12"]) or "unknown"


def _output(command):
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, capture_output=True, text=True)
    return "" if done.returncode else done.stdout.strip()


def _versions():
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
