"""The roofline of this machine: the rate of matrix products in each precision, and the bandwidth of its memory.

    python -m benchmarks roofline

One line of JSON for each number: tera-operations per second of square matrices, and gigabytes per second of a copy,
read and written. PyTorch measures on a GPU, without TF32, or on the CPU if there is none.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence

SIDE, SIDE_CPU = 8192, 1024
BYTES, BYTES_CPU = 1 << 30, 1 << 26


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks roofline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="per number, at least; default: %(default)s")
    args = parser.parse_args(argv)
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    side, size = (SIDE, BYTES) if device == "cuda" else (SIDE_CPU, BYTES_CPU)
    torch.backends.cuda.matmul.allow_tf32 = False
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    for precision in ("float32", "float16", "bfloat16") if device == "cuda" else ("float32", "bfloat16"):
        a, b, out = (torch.randn(side, side, device=device).to(getattr(torch, precision)) for _ in range(3))
        seconds = seconds_of(lambda a=a, b=b, out=out: torch.matmul(a, b, out=out), device, args.seconds)
        rate = round(2 * side**3 / seconds / 1e12, 3)
        print(json.dumps({"device": name, "precision": precision, "tera_operations_per_s": rate}), flush=True)
    a = torch.zeros(size, dtype=torch.uint8, device=device)
    b = torch.empty_like(a)
    rate = round(2 * size / seconds_of(lambda: b.copy_(a), device, args.seconds) / 1e9, 1)
    print(json.dumps({"device": name, "gigabytes_per_s": rate}), flush=True)
    return 0


def seconds_of(run: Callable[[], object], device: str, seconds: float) -> float:
    """Return the median seconds of a run, timed in groups of a tenth of `seconds`; a run over `seconds` counts once."""
    import torch

    def timed(count):
        wait()
        start = time.perf_counter()
        for _ in range(count):
            run()
        wait()
        return (time.perf_counter() - start) / count

    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    timed(2)
    if (once := timed(1)) > seconds:
        return once
    count = max(1, int(seconds / 10 / max(once, 1e-6)))
    return sorted(timed(count) for _ in range(9))[4]
