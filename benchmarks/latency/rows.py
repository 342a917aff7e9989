"""The rows of a report: which networks run, in which library, precision and size, and for how long."""

import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hop_tf.inference.formats import FORMATS, Format

Size = tuple[int, int]
Kind = tuple[str, str, str, bool, Path | None]


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
LARGEST_INT8 = 512 * 512  # pixels of a file of one size; calibration at larger sizes takes hours and much memory
PRECISIONS = tuple(dict.fromkeys(precision for runtime in RUNTIMES.values() for precision in runtime.precisions))


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

    @property
    def kind(self) -> Kind:
        """All but size and batch: rows of one kind predict each other's time and memory."""
        return self.network, self.format, self.precision, self.dynamic, self.path

    def columns(self) -> dict[str, Any]:
        """Return the columns that are known before anything runs."""
        columns = {name: getattr(self, name) for name in ("network", "format", "precision", "batch")}
        columns |= {"height": self.size[0], "width": self.size[1], "shapes": "dynamic" if self.dynamic else "fixed"}
        return columns | ({"file": self.path.name} if self.path else {})


@dataclasses.dataclass(frozen=True)
class Settings:
    """What to measure of each row, for how long, and where files go.

    Attributes:
        work: folder for temporary files.
        files: folder of exported files.
        seconds: least time of each row, divided among ten rounds.
        max_seconds: after this time a row ends, however uncertain its median is, unless it has too few runs for one.
        max_run_seconds: a row is given up if a smaller size predicts longer runs, if its first run takes three times as
            long, or if later runs take longer.
        cuda_graph: whether runtimes that run on a GPU only launch a CUDA graph.
        accuracy: a test set to score every row with; `None` draws pictures, for differences from Keras.
        streams: numbers of concurrent runs to measure the throughput with.
        profile: whether to list the most expensive operations.
    """

    work: Path
    files: Path
    seconds: float = 3.0
    max_seconds: float = 10.0
    max_run_seconds: float = 60.0
    cuda_graph: bool = False
    accuracy: Path | None = None
    streams: Sequence[int] = ()
    profile: bool = False

    @property
    def pictures(self) -> Path:
        """The file that holds the photos, trimaps and alphas at the current size."""
        return self.work / "pictures.npz"


def plan(
    network: str,
    formats: Iterable[str],
    precisions: Iterable[str],
    sizes: Iterable[Size],
    batches: Iterable[int],
    dynamic: bool = False,
) -> list[Row]:
    """Return the rows of a network: every precision that a format has, at every size and batch.

    Int8 files for large photos take any size even if `dynamic` is False, since they are calibrated on small pictures.
    """
    return [
        Row(network, format, precision, size, batch, dynamic or _is_large_int8(precision, size))
        for size, batch, format, precision in itertools.product(sizes, batches, formats, precisions)
        if precision in RUNTIMES[format].precisions
    ]


def _is_large_int8(precision: str, size: Size) -> bool:
    return precision == "int8" and size[0] * size[1] > LARGEST_INT8


def plan_file(
    path: Path, format: str, shape: Sequence[int | None], network: str, sizes: list[Size], batches: list[int]
) -> list[Row]:
    """Return the rows of a file of the user, which are compared with a network.

    Args:
        path: the file or folder.
        format: its format, a key of `RUNTIMES`.
        shape: (batch, height, width) that it takes; where one is `None`, each of `sizes` and `batches` is measured.
        network: name of the network.
        sizes, batches: those that the user asked for.
    """
    batch, *size = shape
    dynamic = None in size
    every = itertools.product(sizes if dynamic else [tuple(size)], batches if batch is None else [batch])
    return [Row(network, format, "", taken, count, dynamic, path) for taken, count in every]


def with_references(rows: Iterable[Row]) -> list[Row]:
    """Add the references that rows lack, and sort by size, references first."""
    rows = list(dict.fromkeys(rows))
    timed = {(row.network, row.size) for row in rows if row.is_reference}
    missing = dict.fromkeys((row.network, row.size) for row in rows if (row.network, row.size) not in timed)
    rows += [Row(network, "keras", "float32", size, timed=False) for network, size in missing]
    return sorted(rows, key=lambda row: (row.size[0] * row.size[1], row.size, not row.is_reference))
