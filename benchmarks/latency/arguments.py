"""The arguments of `hop-tf benchmark`."""

import argparse
from pathlib import Path

from hop_tf.benchmarks.latency.runtimes import PRECISIONS, RUNTIMES
from hop_tf.cli import arguments
from hop_tf.cli.network_options import add_weights_arguments

SIZES = [(512, 512), (768, 768), (1024, 1024), (1080, 1920), (2048, 2048)]
OUTPUT = Path("build/benchmark")
THRESHOLD = 1.2
EPILOG = """\
formats:
{formats}

Each row runs in a process of its own. All rows of a size take turns, as many at a time as memory allows. A row that
cannot run says why. The exit code is 2 for wrong input, 3 if nothing could be measured, and with --compare 1 if a row
has become slower than the threshold or no longer runs.

examples:
  hop-tf benchmark
  hop-tf benchmark --formats onnx openvino --sizes 512x512 1080x1920 --batches 1 4
  hop-tf benchmark --sizes 512x512 --windows
  hop-tf benchmark hop.onnx hop.engine --sizes 1080x1920
  hop-tf benchmark --compare before/report.json build/benchmark/report.json
"""


def add_arguments(subparsers, help):
    """Add the parser of the command, and return it."""
    table = [f"  {name:12} {', '.join(runtime.precisions)}" for name, runtime in RUNTIMES.items()]
    built = subparsers.add_parser(
        "benchmark",
        help=help,
        description="Measure latency and memory of a matting network in every format, and write a report.",
        epilog=EPILOG.format(formats="\n".join(table)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    built.add_argument(
        "exported",
        nargs="*",
        metavar="FILE",
        type=Path,
        help="exported files or folders to measure; default: make them",
    )
    what = built.add_argument_group("what is measured")
    add_weights_arguments(what, ", or random ones if it has none")
    what.add_argument(
        "--formats", nargs="+", choices=RUNTIMES, metavar="FORMAT", help="default: all, or the files given"
    )
    what.add_argument(
        "--precisions",
        nargs="+",
        choices=PRECISIONS,
        metavar="PRECISION",
        default=["float32", "float16", "bfloat16"],
        help=f"of {', '.join(PRECISIONS)}; default: those without int8, which is slow to export",
    )
    what.add_argument(
        "--sizes", nargs="+", type=arguments.size, metavar="HxW", default=SIZES, help="default: five to 2048x2048"
    )
    what.add_argument(
        "--batches", nargs="+", type=arguments.count, metavar="N", default=[1], help="photos in one run; default: 1"
    )
    what.add_argument("--dynamic", action="store_true", help="export for any size; default: a file for each size")
    what.add_argument(
        "--windows",
        nargs="*",
        type=_window,
        metavar="N",
        help="also the network without HOP and at these windows, in float32 at the smallest size; default: 1 5 9",
    )
    what.add_argument("--cuda-graph", action="store_true", help="launch TensorRT and ONNX Runtime's CUDA provider so")
    how = built.add_argument_group("how")
    how.add_argument("--warm-up-ms", type=_positive, default=200, metavar="MS", help="and 3 runs; default: %(default)s")
    how.add_argument("--seconds", type=_positive, default=3.0, metavar="S", help="of each row, at least; default: 3")
    how.add_argument("--runs", type=arguments.count, default=10, metavar="N", help="of each row, at least; default: 10")
    how.add_argument("--files", type=Path, metavar="DIR", help="keep the exported files there, and use those that are")
    how.add_argument(
        "-o", "--output", type=Path, default=OUTPUT, metavar="DIR", help="of the report; default: %(default)s"
    )
    other = built.add_argument_group("comparing two reports")
    other.add_argument("--compare", nargs=2, metavar=("OLD", "NEW"), help="two report.json: print how they differ")
    other.add_argument(
        "--threshold", type=_positive, default=THRESHOLD, metavar="X", help="times as slow; default: 1.2"
    )
    return built


def _positive(text):
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a positive number, not {text}")
    return value


def _window(text):
    side = arguments.count(text)
    if side % 2 == 0:
        raise argparse.ArgumentTypeError(f"expected an odd side of a window, not {text}")
    return side
