"""`hop-tf benchmark`: latency and memory of a network in every format, by size, as a report."""

import itertools
import shlex
import tempfile
import time
from pathlib import Path

from hop_tf.benchmarks.latency.arguments import add_arguments
from hop_tf.benchmarks.latency.given import format_of
from hop_tf.benchmarks.latency.process import Child
from hop_tf.benchmarks.latency.rows import planned, planned_for_windows, rows_of_file, with_references
from hop_tf.benchmarks.latency.runtimes import RUNTIMES
from hop_tf.cli.output import check_output_folder
from hop_tf.errors import UserError
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes.devices import missing_gpu

INSTALL = "pip install psutil py-cpuinfo matplotlib jinja2"


def add_parser(subparsers, help):
    add_arguments(subparsers, help).set_defaults(run=run)


def run(args):
    if args.compare:
        return _compare(args)
    given = {path: format_of(path) for path in args.exported}
    _check_packages()
    for folder in filter(None, (args.output, args.files)):
        _make_folder(folder)
    from hop_tf.benchmarks.latency import measuring
    from hop_tf.benchmarks.latency.report import document, machine, writing

    started, described = time.strftime("%Y-%m-%d %H:%M %Z"), machine.machine()
    with tempfile.TemporaryDirectory() as work:
        networks, shapes = _networks(args, given, work)
        rows = _rows(args, given, networks, shapes)
        _count_multiply_adds(networks, rows)
        settings = measuring.Settings(
            work=Path(work),
            files=(args.files or Path(work) / "files").absolute(),
            networks={network["name"]: network for network in networks},
            warm_up=args.warm_up_ms / 1e3,
            seconds=args.seconds,
            runs=args.runs,
            cuda_graph=args.cuda_graph,
            dtypes={path: shape["dtype"] for path, shape in shapes.items()},
        )
        measured, rates = _measure(rows, settings)
    timed = [columns for row, columns in measured.items() if row.timed]
    how = {name: getattr(settings, name) for name in ("warm_up", "seconds", "runs")}
    command = shlex.join(["hop-tf", *args.argv])
    report = document.build(timed, networks, rates, described, command, how, started)
    writing.write(report, args.output)
    writing.show(report)
    print(f"wrote {args.output}: report.html, report.md, report.csv, report.json and figures")
    if all(row["error"] for row in report["rows"]):
        raise ExportError("no row could be measured; the report says why")
    return 0


def _networks(args, given, work):
    """The networks of the report, and what the given files take."""
    with Child() as child:
        shapes = {path: child.ask("describe", path=str(path)) for path in given}
        networks = child.ask(
            "networks",
            folder=work,
            preset=args.preset,
            weights=args.weights and str(args.weights),
            windows=None if args.windows is None else (args.windows or [1, 5, 9]),
        )
    return networks, shapes


def _rows(args, given, networks, shapes):
    formats = args.formats or ([] if given else list(RUNTIMES))
    first = networks[0]["name"]
    rows = planned(first, formats, args.precisions, args.sizes, args.batches, args.dynamic)
    if args.windows is not None:
        smallest = min(args.sizes, key=lambda size: size[0] * size[1])
        compared = [network["name"] for network in networks if network["window"] is not None]
        able = [name for name in args.formats or RUNTIMES if not RUNTIMES[name].gpu or not missing_gpu()]
        rows += planned_for_windows(compared, able, smallest, args.batches[0], args.dynamic)
    for path, format in given.items():
        rows += rows_of_file(path, format, shapes[path]["shape"], first, args.sizes, args.batches)
    if not rows:
        raise UserError(f"no format of {', '.join(formats)} has a precision of {', '.join(args.precisions)}")
    return with_references(list(dict.fromkeys(rows)))


def _count_multiply_adds(networks, rows):
    """Adds "multiply_adds" to each network, for the sizes that it has rows of."""
    with Child() as child:
        for network in networks:
            sizes = dict.fromkeys(row.size for row in rows if row.network == network["name"])
            network["multiply_adds"] = {
                f"{height}x{width}": child.ask("multiply_adds", network=network, size=(height, width))
                for height, width in sizes
            }


def _measure(rows, settings):
    """What was measured of each row, and the rates of matrix products, behind a progress bar."""
    from hop_tf.benchmarks.latency.measuring import ROUNDS, STEPS, measure
    from hop_tf.benchmarks.latency.worker.matmul import matmul_rates

    measured = {}
    with _Progress(ROUNDS + STEPS * len(rows)) as progress:
        rates = matmul_rates(settings, progress)
        fastest = max(rates, key=rates.get)
        for _, group in itertools.groupby(rows, key=lambda row: row.size):
            measured |= measure(list(group), settings, progress, matmul=fastest)
    return measured, rates


class _Progress:
    """A progress bar on the terminal that says what is being done."""

    def __init__(self, steps):
        from tqdm import tqdm

        layout = "{percentage:3.0f}% |{bar:30}| {elapsed}, {remaining} left  {desc}"
        self._bar = tqdm(total=steps, bar_format=layout, leave=False, disable=None)  # no terminal, no bar

    def doing(self, text):
        self._bar.set_description_str(text)

    def done(self, steps):
        self._bar.update(steps)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._bar.close()


def _compare(args):
    from hop_tf.benchmarks.latency.report.compare import compare, differences_of_machines, lines
    from hop_tf.benchmarks.latency.report.document import read

    old, new = (read(path) for path in args.compare)
    changes = compare(old, new)
    if not changes:
        raise UserError(f"{args.compare[1]}: has no measured row, nor has {args.compare[0]}")
    for difference in differences_of_machines(old, new):
        print(f"not the same machine: {difference}")
    print("\n".join(lines(changes, args.threshold)))
    slower = sum(change.is_failure(args.threshold) for change in changes)
    print(f"{slower} of {len(changes)} rows over {args.threshold:g} times as slow, or no longer run")
    return 1 if slower else 0


def _check_packages():
    try:
        import cpuinfo  # noqa: F401
        import jinja2  # noqa: F401
        import matplotlib  # noqa: F401
        import psutil  # noqa: F401
    except ImportError as error:
        raise ExportError(f"the report needs the package {error.name}: {INSTALL}") from error


def _make_folder(path):
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be made a folder ({error.strerror}); choose another place") from error
    check_output_folder(path, [])
