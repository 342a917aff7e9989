"""The whole benchmark: wait for an idle machine, prepare the networks, measure every row, assemble the report."""

import argparse
import itertools
import shlex
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from hop_tf.benchmarks.latency import machine, measuring
from hop_tf.benchmarks.latency.progress import Progress
from hop_tf.benchmarks.latency.report.document import Document, build_document
from hop_tf.benchmarks.latency.rows import RUNTIMES, Row, Settings, plan, plan_file, with_references
from hop_tf.benchmarks.latency.worker import networks
from hop_tf.errors import UserError
from hop_tf.inference.runtimes.devices import missing_gpu

WHAT = ("cuda_graph", "accuracy", "streams", "profile")


def measure(options: argparse.Namespace, files: Mapping[Path, str]) -> Document:
    """Measure all rows and return the report.

    Args:
        options: the options of `hop-tf benchmark`.
        files: files of the user, with the key of their format.

    Raises:
        UserError: if the machine is busy, or there is nothing to measure.
    """
    with tempfile.TemporaryDirectory() as folder, Progress(1) as progress:
        busy = machine.wait_until_idle(progress.say, 0 if options.busy else machine.PATIENCE)
        if busy and not options.busy:
            raise UserError(
                f"the machine is busy: {', '.join(busy)}; end what runs, or measure all the same with --busy"
            )
        started, before, use = time.strftime("%Y-%m-%d %H:%M %Z"), machine.state(), machine.Use.now()
        settings = Settings(
            work=Path(folder),
            files=(options.files or Path(folder) / "files").absolute(),
            max_seconds=max(options.seconds, options.max_seconds),
            **{x: getattr(options, x) for x in ("seconds", "max_run_seconds", *WHAT)},
        )
        progress.say("reading the networks")
        with measuring.Worker() as worker:
            shapes = {path: worker.ask(networks.input_shape, path) for path in files}
            saved = worker.ask(networks.write_networks, Path(folder), options.preset, options.weights, options.windows)
            rows = _rows(options, files, shapes, saved)
            for network in saved:
                for size in dict.fromkeys(row.size for row in rows if row.network == network.name):
                    counts = worker.ask(networks.multiply_adds, network, size)
                    network.multiply_adds[f"{size[0]}x{size[1]}"] = counts
        progress.say("multiplying matrices")
        rates, columns, known = measuring.matmul_rates(settings), [], {}
        by_name = {network.name: network for network in saved}
        progress.reset(measuring.ROUNDS * len(rows))
        for _, group in itertools.groupby(rows, key=lambda row: row.size):
            measured = measuring.measure(list(group), by_name, settings, progress, max(rates, key=rates.get), known)
            columns += [found for row, found in measured.items() if row.timed]
    facts = {
        "command": shlex.join(["hop-tf", *options.argv]),
        "started": started,
        "busy": busy + [f"{reason} while it measured" for reason in machine.disturbances(use, machine.Use.now())],
        "machine": machine.describe_machine(),
        "before": before,
        "after": machine.state(),
    }
    return build_document(columns, saved, rates, settings, **facts)


def _rows(
    options: argparse.Namespace,
    files: Mapping[Path, str],
    shapes: Mapping[Path, Sequence[int | None]],
    saved: list[networks.SavedNetwork],
) -> list[Row]:
    """Return the rows of the first network, of the networks to compare by window, and of the files of the user."""
    formats, first = options.formats or ([] if files else list(RUNTIMES)), saved[0].name
    rows = plan(first, formats, options.precisions, options.sizes, options.batches, options.dynamic)
    if options.windows:
        smallest = [min(options.sizes, key=lambda size: size[0] * size[1])]
        able = [name for name in options.formats or RUNTIMES if not (RUNTIMES[name].cuda and missing_gpu())]
        for network in saved:
            if network.window is not None:
                rows += plan(network.name, able, ["float32"], smallest, options.batches[:1], options.dynamic)
    for path, format in files.items():
        rows += plan_file(path, format, shapes[path], first, options.sizes, options.batches)
    if not rows:
        raise UserError(f"no format of {', '.join(formats)} has a precision of {', '.join(options.precisions)}")
    return with_references(rows)
