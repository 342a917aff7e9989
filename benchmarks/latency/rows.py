"""Which rows a report has, and what each column of a row means."""

import dataclasses
from pathlib import Path

from hop_tf.benchmarks.latency.runtimes import RUNTIMES

PHASES = {
    "": "latency of one run, NumPy arrays in and out; on a GPU the sum of the three phases that follow",
    "h2d_": "copying photo and trimap to the GPU, by CUDA events",
    "compute_": "computing on the GPU, by CUDA events",
    "d2h_": "copying alpha from the GPU, by CUDA events",
}
STATISTICS = ("min", "mean", "median", "p90", "p95", "p99", "max")

COLUMNS = {
    "network": "name of the network",
    "format": "what runs it; onnx is ONNX Runtime on the CPU, onnx_cuda the same on a GPU",
    "precision": "of the file; bfloat16: mixed_bfloat16 in Keras; OpenVINO computing so from the float32 folder",
    "height": "of the photos, pixels",
    "width": "of the photos, pixels",
    "batch": "photos in one run",
    "shapes": "fixed: the file takes this size alone; dynamic: any size",
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
    "runs": "how many runs the statistics are of",
    "turn": "rows of one size with the same number took turns, so what else the machine did struck them alike",
    **{
        f"{phase}{statistic}_ms": f"{statistic} of: {text}"
        for phase, text in PHASES.items()
        for statistic in STATISTICS
    },
    "photos_per_s": "photos by the sum of the latencies",
    "memory_mb": "peak resident memory of the row's own process, 10^6 bytes, Python and libraries included",
    "network_memory_mb": "the same less what was resident once the library was imported, before anything was loaded",
    "device_memory_mb": "memory of the GPU: TensorFlow's peak, else what was taken from loading to the last run",
    "difference_max": "largest difference of alpha to Keras in float32, on one photo",
    "difference_mean": "mean difference of alpha to Keras in float32, on the same photo",
    "warning": "what makes the row doubtful",
    "error": "why the row has no numbers",
    "cpu": "of the machine",
    "processors": "that the process was allowed to use",
    "gpu": "of the machine, or why none can be used",
    "driver": "of the GPU",
    "versions": "of the packages that matter",
}


@dataclasses.dataclass(frozen=True)
class Row:
    """What one row of a report measures.

    Attributes:
        network: str, a name of the networks prepared.
        format: key of `RUNTIMES`.
        precision: one of the runtime's.
        size: (height, width) in pixels.
        batch: int, photos in one run.
        dynamic: bool, whether the file takes any size.
        path: `Path` of a file that is there already; None for one to export.
        timed: bool; False for the run of Keras alone that the differences are taken to.
    """

    network: str
    format: str
    precision: str
    size: tuple[int, int]
    batch: int = 1
    dynamic: bool = False
    path: Path | None = None
    timed: bool = True

    def __str__(self):
        return f"{self.label} {'x'.join(map(str, self.size))}" + (f" batch {self.batch}" if self.batch > 1 else "")

    @property
    def label(self):
        """What tells rows of one size and network apart, in words."""
        return self.path.name if self.path else f"{self.format} {self.precision}"

    def columns(self):
        """The columns known before anything has run."""
        return {
            "network": self.network,
            "format": self.format,
            "precision": self.precision,
            "height": self.size[0],
            "width": self.size[1],
            "batch": self.batch,
            "shapes": "dynamic" if self.dynamic else "fixed",
            **({"file": self.path.name} if self.path else {}),
        }


def planned(network, formats, precisions, sizes, batches, dynamic=False):
    """The rows of one network: list of `Row`, by size, then batch, format and precision."""
    return [
        Row(network, format, precision, size, batch, dynamic)
        for size in sizes
        for batch in batches
        for format in formats
        for precision in precisions
        if precision in RUNTIMES[format].precisions
    ]


def planned_for_windows(networks, formats, size, batch, dynamic=False):
    """The rows that compare attention by window: each network in float32 at one size, list of `Row`."""
    return [row for network in networks for row in planned(network, formats, ["float32"], [size], [batch], dynamic)]


def rows_of_file(path, format, shape, network, sizes, batches):
    """The rows of a file that was there already.

    Args:
        path: its `Path`.
        format: its format, key of `hop_tf.export.formats.FORMATS`, which are runtimes too.
        shape: [batch, height, width] that it takes, None where any will do; those are run at each size and batch.
        network: name of the network that it is compared with.
        sizes, batches: those asked for.

    Returns:
        List of `Row`, with "" for the precision.
    """
    batch, *size = shape
    dynamic = None in size
    return [
        Row(network, format, "", taken, count, dynamic, path)
        for taken in (sizes if dynamic else [tuple(size)])
        for count in (batches if batch is None else [batch])
    ]


def with_references(rows):
    """Adds, untimed, the runs of Keras in float32 that differences need; those come first within their size."""

    def reference(row):
        return Row(row.network, "keras", "float32", row.size, row.batch, row.dynamic)

    there = {(row.network, row.size, row.batch) for row in rows if is_reference(row)}
    added = [
        dataclasses.replace(reference(row), timed=False)
        for row in rows
        if (row.network, row.size, row.batch) not in there
    ]
    return sorted(
        dict.fromkeys(added + rows), key=lambda row: (row.size[0] * row.size[1], row.size, not is_reference(row))
    )


def is_reference(row):
    """Whether it is Keras in float32, which the others are compared with."""
    return (row.format, row.precision) == ("keras", "float32")
