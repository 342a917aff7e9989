"""Whether a precision suits this machine."""

from pathlib import Path

CPU_FLAGS = Path("/proc/cpuinfo")
FAST_BFLOAT16 = {"amx_bf16", "avx512_bf16"}


def slow_precision(dtype: str, gpu: bool) -> str:
    """Return a warning if a dtype policy is slow on this machine, else `""`.

    Args:
        dtype: `training.dtype`.
        gpu: whether the training runs on a GPU.
    """
    if gpu or dtype == "float32":
        return ""
    fast = _has_fast_bfloat16()
    if dtype == "mixed_float16":
        better = "mixed_bfloat16" if fast else "float32"
        return (
            "training.dtype mixed_float16 is for GPUs and many times slower than float32 on this CPU; use "
            f"--set training.dtype={better}"
        )
    if fast is False:
        return (
            "training.dtype mixed_bfloat16 is slower than float32 on this CPU, which has neither AMX nor AVX512-BF16; "
            "use --set training.dtype=float32"
        )
    return ""


def _has_fast_bfloat16():
    """Return whether the CPU computes in bfloat16; `None` if its flags cannot be read."""
    try:
        return bool(FAST_BFLOAT16 & set(CPU_FLAGS.read_text().split()))
    except OSError:
        return None
