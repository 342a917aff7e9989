"""`hop-tf benchmark`: latency and memory of a network in every format, by size, as a report."""

import argparse
import importlib.util
import os
from pathlib import Path

from hop_tf.benchmarks.latency.rows import PRECISIONS, RUNTIMES
from hop_tf.cli import arguments
from hop_tf.cli.network_options import add_weights_arguments, check_weights_file
from hop_tf.cli.output import check_output_folder
from hop_tf.errors import UserError, install_hint
from hop_tf.export.errors import ExportError
from hop_tf.inference.formats import EXPORT_FORMATS, format_of

SIZES = [(512, 512), (768, 768), (1024, 1024), (1080, 1920), (2048, 2048)]
WINDOWS = [1, 5, 9]
EPILOG = """\
formats:
{formats}

Each row runs in its own process. The rows of a size take turns, as many at a time as fit into memory. A row that cannot
run says why. The exit code is 2 for wrong input or a busy machine, 3 if nothing could be measured, and with --compare 1
if a row is slower or no longer runs.

examples:
  hop-tf benchmark
  hop-tf benchmark --formats onnx openvino --sizes 512x512 1080x1920 --batches 1 4
  hop-tf benchmark --sizes 512x512 --windows
  hop-tf benchmark --sizes 512x512 1080x1920 --accuracy alphamatting/
  hop-tf benchmark hop.onnx hop.engine --sizes 1080x1920
  hop-tf benchmark --render old/report.json -o new
  hop-tf benchmark --compare before/report.json build/benchmark/report.json
"""


def add_parser(subparsers: argparse._SubParsersAction, help: str) -> None:
    """Add the command to `hop-tf`."""
    table = [f"  {name:12} {', '.join(runtime.precisions)}" for name, runtime in RUNTIMES.items()]
    parser = subparsers.add_parser(
        "benchmark",
        help=help,
        description="Measure latency and memory of a matting network in every format, and write a report.",
        epilog=EPILOG.format(formats="\n".join(table)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("exported", nargs="*", metavar="FILE", type=Path, help="exported files; default: export them")
    what = parser.add_argument_group("what to measure")
    add_weights_arguments(what, ", or random ones if it has none")
    add = what.add_argument
    add("--formats", nargs="+", choices=RUNTIMES, metavar="FORMAT", help="default: all, or only the given files")
    add(
        "--precisions",
        nargs="+",
        choices=PRECISIONS,
        metavar="PRECISION",
        default=["float32", "float16", "bfloat16"],
        help=f"of {', '.join(PRECISIONS)}; default: all but int8, which is slow to export",
    )
    add("--sizes", nargs="+", type=arguments.size, metavar="HxW", default=SIZES, help="default: five up to 2048x2048")
    add("--batches", nargs="+", type=arguments.count, metavar="N", default=[1], help="photos per run; default: 1")
    dynamic = "export files for any size; default: a file for each size, except for int8 above 512x512"
    add("--dynamic", action="store_true", help=dynamic)
    windows = "also compare the network without HOP and with these window sizes, in float32 at the smallest size; "
    add("--windows", nargs="*", type=_window, metavar="N", help=windows + "default: 1 5 9")
    add("--accuracy", type=Path, metavar="DIR", help="test set to score every row on: SAD, MSE and Grad")
    add("--streams", nargs="+", type=arguments.count, metavar="N", default=[], help="also run N photos at once")
    add("--profile", action="store_true", help="also list the ten most expensive operations of each runtime")
    add("--cuda-graph", action="store_true", help="launch TensorRT and ONNX Runtime's CUDA provider as a CUDA graph")
    add = parser.add_argument_group("how to measure").add_argument
    add("--seconds", type=_positive, default=3.0, metavar="S", help="per row, at least; default: 3")
    most = "per row, until the interval of its median is within 2 %%, but at least six rounds; default: 10"
    add("--max-seconds", type=_positive, default=10.0, metavar="S", help=most)
    slow = "give up a row whose runs take longer, or are expected to by a smaller size; default: 60"
    add("--max-run-seconds", type=_positive, default=60.0, metavar="S", help=slow)
    add("--busy", action="store_true", help="measure on a busy machine too, and mark the report")
    add("--files", type=Path, metavar="DIR", help="folder that keeps exported files, and whose files are used again")
    output = Path("build/benchmark")
    add("-o", "--output", type=Path, default=output, metavar="DIR", help="folder of the report; default: %(default)s")
    add = parser.add_argument_group("use reports that exist").add_argument
    add("--render", metavar="REPORT", help="write page, tables and figures of a report.json again, to -o")
    add("--compare", nargs=2, metavar=("OLD", "NEW"), help="print how two report.json differ")
    add("--threshold", type=_positive, default=1.05, metavar="X", help="smallest ratio that counts; default: 1.05")
    add("--other-machine", action="store_true", help="compare reports of different machines")


def run(args: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    for package in ("cpuinfo", "jinja2", "jsonschema", "matplotlib", "psutil", "pynvml", "rich", "scipy"):
        if not importlib.util.find_spec(package):
            raise ExportError(f"the report needs the package {package}: {install_hint('benchmark')}")
    if args.compare:
        return _compare(args)
    files = {path: _export_format(path) for path in args.exported}
    if args.weights:
        check_weights_file(args.weights)
    if args.windows == []:
        args.windows = WINDOWS
    for folder in filter(None, (args.output, args.files)):
        check_output_folder(folder, [])
        folder.mkdir(parents=True, exist_ok=True)
    from hop_tf.benchmarks.latency import job
    from hop_tf.benchmarks.latency.report import writing
    from hop_tf.benchmarks.latency.report.document import read_document

    document = read_document(args.render) if args.render else job.measure(args, files)
    writing.write(document, args.output)
    writing.show(document)
    print(f"wrote {args.output}: report.html, report.md, report.csv, report.json and figures")
    if all(row["error"] for row in document["rows"]):
        raise ExportError("no row could be measured; the report says why")
    return 0


def _compare(args):
    from hop_tf.benchmarks.latency.report import compare, writing
    from hop_tf.benchmarks.latency.report.document import read_document

    old, new = (read_document(path) for path in args.compare)
    differences = compare.differences_of_machines(old, new)
    if differences and not args.other_machine:
        raise UserError(f"not the same machine: {'; '.join(differences)}; --other-machine compares them all the same")
    table = compare.compare(old, new, args.threshold)
    if not table.rows:
        raise UserError(f"neither {args.compare[0]} nor {args.compare[1]} has a measured row")
    table.show(writing.console())
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(summary, "a") as file:
            file.write("\n\n".join([f"## {table.title}", table.markdown(), *table.notes, ""]))
    return 1 if any(row["verdict"].startswith(compare.FAILURES) for row in table.rows) else 0


def _export_format(path: Path) -> str:
    """Return the name of the format of an exported file or folder."""
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    format = format_of(path)
    if format is None or format.name not in EXPORT_FORMATS:
        suffixes = " or ".join(x.suffix for x in EXPORT_FORMATS.values() if x.suffix)
        raise UserError(f"{path}: expected a {suffixes} file, or the folder of a SavedModel or OpenVINO")
    return format.name


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
        raise argparse.ArgumentTypeError(f"expected an odd window size, not {text}")
    return side
