"""The rows of a report, and the meaning of each of their columns."""

import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hop_tf.inference.formats import FORMATS, Format

Size = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Runtime:
    """A library that runs files of a format.

    Attributes:
        format: the format.
        library: module to import before memory is measured.
        precisions: precision of a row to that of its file.
        cuda: whether it runs only on an NVIDIA GPU.
    """

    format: Format
    library: str
    precisions: dict[str, str]
    cuda: bool = False


def _runtime(format: str, library: str, cuda: bool = False, **further_precisions: str) -> Runtime:
    own = {precision: precision for precision in FORMATS[format].precisions}
    return Runtime(FORMATS[format], library, {**own, **further_precisions}, cuda)


RUNTIMES = {
    "keras": _runtime("keras", "keras", float32="float32", bfloat16="mixed_bfloat16"),
    "saved_model": _runtime("saved_model", "tensorflow"),
    "onnx": _runtime("onnx", "onnxruntime"),
    "onnx_cuda": _runtime("onnx", "onnxruntime", cuda=True),
    "tflite": _runtime("tflite", "ai_edge_litert.interpreter"),
    "openvino": _runtime("openvino", "openvino", bfloat16="float32"),  # it converts the float32 file when it loads it
    "tensorrt": _runtime("tensorrt", "hop_tf.inference.runtimes.tensorrt", cuda=True),
}
PRECISIONS = tuple(dict.fromkeys(precision for runtime in RUNTIMES.values() for precision in runtime.precisions))

PHASES = {
    "": "latency of one run, NumPy arrays in and out; on a GPU the sum of the next three phases",
    "h2d_": "copying photo and trimap to the GPU, by CUDA events",
    "compute_": "computing on the GPU, by CUDA events",
    "d2h_": "copying alpha from the GPU, by CUDA events",
}
STATISTICS = ("min", "mean", "median", "p90", "p95", "p99", "max")

COLUMNS = {
    "network": "name of the network",
    "format": "runtime; onnx is ONNX Runtime on the CPU, onnx_cuda on a GPU",
    "precision": "of the file; in bfloat16 Keras has the policy mixed_bfloat16 and OpenVINO converts its float32 file",
    "height": "of the photos, pixels",
    "width": "of the photos, pixels",
    "batch": "photos per run",
    "shapes": "fixed: the file takes only this size; dynamic: any size",
    "device": "cpu or gpu",
    "cuda_graph": "on or off; empty on a CPU",
    "file": "name of the file or folder",
    "file_mb": "its size, 10^6 bytes",
    "multiply_adds": "of one run: convolutions and matrix products of the fused network, as executed, padding included",
    "matmul_gflops": "median rate of 4096 x 4096 float32 matrix products that took turns with the row",
    "limit_ms": "time that the multiply-adds take at this rate",
    "times_limit": "median latency in units of that limit",
    "load_s": "loading the file, or building the network, after the library is imported",
    "first_run_s": "the first run after loading",
    "runs": "number of runs behind the statistics",
    "turn": "rows of one size with the same number took turns, so other load on the machine affected them alike",
    **{f"{phase}{name}_ms": f"{name} of: {text}" for phase, text in PHASES.items() for name in STATISTICS},
    "photos_per_s": "photos divided by the sum of the latencies",
    "memory_mb": "peak resident memory of the row's own process, 10^6 bytes, Python and libraries included",
    "network_memory_mb": "the same without the memory after importing the library and before loading the network",
    "device_memory_mb": "GPU memory: TensorFlow's peak, otherwise the memory taken from loading to the last run",
    "difference_max": "largest difference of alpha from Keras in float32, on one photo",
    "difference_mean": "mean difference of alpha from Keras in float32, on the same photo",
    "warning": "why the row is doubtful",
    "error": "why the row has no numbers",
    "cpu": "of the machine",
    "processors": "number that the process was allowed to use",
    "gpu": "of the machine, or why none can be used",
    "driver": "of the GPU",
    "versions": "of the relevant packages",
}


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of a report.

    Attributes:
        network: name of a network.
        format: key of `RUNTIMES`.
        precision: one of the runtime's; "" for a file of the user.
        size: (height, width) in pixels.
        batch: photos per run.
        dynamic: whether the file takes any size.
        path: file of the user; `None` if it is to be exported.
        timed: False for a run of Keras that only serves as the reference of differences.
    """

    network: str
    format: str
    precision: str
    size: Size
    batch: int = 1
    dynamic: bool = False
    path: Path | None = None
    timed: bool = True

    def __str__(self) -> str:
        label = self.path.name if self.path else f"{self.format} {self.precision}"
        return f"{label} {self.size[0]}x{self.size[1]}" + (f" batch {self.batch}" if self.batch > 1 else "")

    @property
    def is_reference(self) -> bool:
        """Whether it is Keras in float32, which the other rows are compared with."""
        return (self.format, self.precision) == ("keras", "float32")

    def columns(self) -> dict[str, Any]:
        """Return the columns that are known before anything runs."""
        columns = {name: getattr(self, name) for name in ("network", "format", "precision", "batch")}
        columns |= {"height": self.size[0], "width": self.size[1], "shapes": "dynamic" if self.dynamic else "fixed"}
        return columns | ({"file": self.path.name} if self.path else {})


@dataclasses.dataclass(frozen=True)
class Settings:
    """How long to measure, and where files go.

    Attributes:
        work: folder for temporary files.
        files: folder of exported files.
        warm_up: at least this many seconds, and 3 runs, before times are taken.
        seconds: at least this many seconds for each row.
        runs: at least this many runs for each row.
        cuda_graph: whether runtimes that run on a GPU only launch a CUDA graph.
    """

    work: Path
    files: Path
    warm_up: float = 0.2
    seconds: float = 3.0
    runs: int = 10
    cuda_graph: bool = False

    @property
    def pictures(self) -> Path:
        """The file that holds the photo and trimap of the current size."""
        return self.work / "pictures.npz"


def plan(
    network: str,
    formats: Iterable[str],
    precisions: list[str],
    sizes: list[Size],
    batches: list[int],
    dynamic: bool = False,
) -> list[Row]:
    """Return the rows of a network: every precision that a format has, at every size and batch."""
    every = itertools.product(sizes, batches, formats, precisions)
    return [
        Row(network, format, precision, size, batch, dynamic)
        for size, batch, format, precision in every
        if precision in RUNTIMES[format].precisions
    ]


def plan_file(
    path: Path, format: str, shape: Sequence[int | None], network: str, sizes: list[Size], batches: list[int]
) -> list[Row]:
    """Return the rows of a file of the user.

    Args:
        path: the file or folder.
        format: its format, a key of `RUNTIMES`.
        shape: (batch, height, width) that it takes; where one is `None`, each of `sizes` and `batches` is measured.
        network: name of the network that it is compared with.
        sizes, batches: those that the user asked for.
    """
    batch, *size = shape
    dynamic = None in size
    return [
        Row(network, format, "", taken, count, dynamic, path)
        for taken in (sizes if dynamic else [tuple(size)])
        for count in (batches if batch is None else [batch])
    ]


def with_references(rows: Iterable[Row]) -> list[Row]:
    """Add the references that rows lack, and sort by size, references first."""
    rows = list(dict.fromkeys(rows))
    timed = {(row.network, row.size, row.batch) for row in rows if row.is_reference}
    added = [
        Row(row.network, "keras", "float32", row.size, row.batch, row.dynamic, timed=False)
        for row in rows
        if (row.network, row.size, row.batch) not in timed
    ]
    rows = dict.fromkeys(added + rows)
    return sorted(rows, key=lambda row: (row.size[0] * row.size[1], row.size, not row.is_reference))
