"""`hop-tf benchmark`: latency and memory of a network in every format, by size, as a report."""

import argparse
import importlib.util
import itertools
import os
import shlex
import tempfile
import time
from pathlib import Path

from hop_tf.benchmarks.latency.rows import PRECISIONS, RUNTIMES, Row, Settings, plan, plan_file, with_references
from hop_tf.cli import arguments
from hop_tf.cli.network_options import add_weights_arguments, check_weights_file
from hop_tf.cli.output import check_output_folder
from hop_tf.errors import UserError, install_hint
from hop_tf.export.errors import ExportError
from hop_tf.inference.formats import EXPORT_FORMATS, format_of
from hop_tf.inference.runtimes.devices import missing_gpu

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
    add("--dynamic", action="store_true", help="export files for any size; default: a file for each size")
    add(
        "--windows",
        nargs="*",
        type=_window,
        metavar="N",
        help="also compare the network without HOP and with these window sizes, in float32 at the smallest size; "
        "default: 1 5 9",
    )
    add("--accuracy", type=Path, metavar="DIR", help="test set to score every row on: SAD, MSE and Grad")
    add("--streams", nargs="+", type=arguments.count, metavar="N", default=[], help="also run N photos at once")
    add("--profile", action="store_true", help="also list the ten most expensive operations of each runtime")
    add("--cuda-graph", action="store_true", help="launch TensorRT and ONNX Runtime's CUDA provider as a CUDA graph")
    add = parser.add_argument_group("how to measure").add_argument
    add("--warm-up-ms", type=_positive, default=200, metavar="MS", help="of each window; default: %(default)s")
    add("--seconds", type=_positive, default=3.0, metavar="S", help="per row, at least; default: 3")
    add("--runs", type=arguments.count, default=10, metavar="N", help="per row, at least; default: 10")
    add(
        "--max-seconds",
        type=_positive,
        default=10.0,
        metavar="S",
        help="per row, until the interval of its median is within 2 %%; default: 10",
    )
    add("--busy", action="store_true", help="measure on a busy machine too, and mark the report")
    add("--files", type=Path, metavar="DIR", help="folder that keeps exported files, and whose files are used again")
    output = Path("build/benchmark")
    add("-o", "--output", type=Path, default=output, metavar="DIR", help="folder of the report; default: %(default)s")
    add = parser.add_argument_group("compare two reports").add_argument
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
    given = {path: _export_format(path) for path in args.exported}
    if args.weights:
        check_weights_file(args.weights)
    for folder in filter(None, (args.output, args.files)):
        _make_folder(folder)
    document = _measure(args, given)

    from hop_tf.benchmarks.latency.report import writing

    writing.write(document, args.output)
    writing.show(document)
    print(f"wrote {args.output}: report.html, report.md, report.csv, report.json and figures")
    if all(row["error"] for row in document["rows"]):
        raise ExportError("no row could be measured; the report says why")
    return 0


def _measure(args, given):
    """Measure all rows and return the report."""
    from hop_tf.benchmarks.latency import machine, measuring
    from hop_tf.benchmarks.latency.progress import Progress
    from hop_tf.benchmarks.latency.report.document import build_document
    from hop_tf.benchmarks.latency.worker import networks

    with tempfile.TemporaryDirectory() as work, Progress(1) as progress:
        busy = machine.wait_until_idle(progress.say, 0 if args.busy else machine.PATIENCE)
        if busy and not args.busy:
            raise UserError(
                f"the machine is busy: {', '.join(busy)}; end what runs, or measure all the same with --busy"
            )
        started, before, use = time.strftime("%Y-%m-%d %H:%M %Z"), machine.state(), machine.Use.now()
        settings = Settings(
            work=Path(work),
            files=(args.files or Path(work) / "files").absolute(),
            warm_up=args.warm_up_ms / 1e3,
            seconds=args.seconds,
            runs=args.runs,
            max_seconds=max(args.seconds, args.max_seconds),
            cuda_graph=args.cuda_graph,
            accuracy=args.accuracy,
            streams=tuple(args.streams),
            profile=args.profile,
        )
        progress.say("reading the networks")
        with measuring.Worker() as worker:
            shapes = {path: worker.ask(networks.input_shape, path) for path in given}
            windows = WINDOWS if args.windows == [] else args.windows
            saved = worker.ask(networks.write_networks, settings.work, args.preset, args.weights, windows)
            rows = _rows(args, given, shapes, saved)
            pictures = worker.ask(networks.write_pictures, settings.pictures, rows[0].size, args.accuracy)
            for network in saved:
                for height, width in dict.fromkeys(row.size for row in rows if row.network == network.name):
                    count = worker.ask(networks.multiply_adds, network, (height, width))
                    network.multiply_adds[f"{height}x{width}"] = count
        progress.say("multiplying matrices")
        rates, measured, by_name = measuring.matmul_rates(settings), {}, {network.name: network for network in saved}
        progress.reset(measuring.ROUNDS * len(rows))
        for _, group in itertools.groupby(rows, key=lambda row: row.size):
            measured |= measuring.measure(list(group), by_name, settings, progress, max(rates, key=rates.get))
    facts = {
        "command": shlex.join(["hop-tf", *args.argv]),
        "started": started,
        "busy": busy + [f"{reason} while it measured" for reason in machine.disturbances(use, machine.Use.now())],
        "machine": machine.describe_machine(),
        "before": before,
        "after": machine.state(),
    }
    timed = [columns for row, columns in measured.items() if row.timed]
    return build_document(timed, saved, rates, settings, pictures, **facts)


def _rows(args, given, shapes, saved) -> list[Row]:
    formats, first = args.formats or ([] if given else list(RUNTIMES)), saved[0].name
    rows = plan(first, formats, args.precisions, args.sizes, args.batches, args.dynamic)
    if args.windows is not None:
        smallest = [min(args.sizes, key=lambda size: size[0] * size[1])]
        able = [name for name in args.formats or RUNTIMES if not (RUNTIMES[name].cuda and missing_gpu())]
        for network in saved:
            if network.window is not None:
                rows += plan(network.name, able, ["float32"], smallest, args.batches[:1], args.dynamic)
    for path, format in given.items():
        rows += plan_file(path, format, shapes[path], first, args.sizes, args.batches)
    if not rows:
        raise UserError(f"no format of {', '.join(formats)} has a precision of {', '.join(args.precisions)}")
    return with_references(rows)


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


def _make_folder(path):
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be created ({error.strerror}); choose another place") from error
    check_output_folder(path, [])


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
