"""Size, difference from Keras and SAD of every format in every precision, as a Markdown table."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from hop_tf.cli.arguments import OneLineParser, exit_code
from hop_tf.cli.network_options import add_weights_arguments, load_model
from hop_tf.cli.quiet import quiet_start
from hop_tf.export.errors import ExportError
from hop_tf.export.exporter import export
from hop_tf.inference.formats import EXPORT_FORMATS

HEADER = """\
| format | precision | MB | operations | max difference | mean difference | SAD |
|---|---|---|---|---|---|---|"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and return its exit code."""
    parser = OneLineParser(prog="python -m benchmarks accuracy", description=__doc__)
    parser.add_argument("pictures", help="folder with image, trimap and alpha, or those of alphamatting.com")
    add_weights_arguments(parser)
    formats = list(EXPORT_FORMATS)
    parser.add_argument("--formats", nargs="+", choices=formats, default=formats, metavar="FORMAT", help="default: all")
    return exit_code(lambda: _print_table(parser.parse_args(argv)))


def _print_table(args: argparse.Namespace) -> None:
    print(HEADER)
    for row in _rows(args):
        print(row, flush=True)


def _rows(args: argparse.Namespace) -> Iterator[str]:
    """Yield Markdown rows: Keras, then each format in each precision, for photos of any size."""
    with quiet_start():
        from hop_tf.export.job import Job
        from hop_tf.export.samples import pictures_of_folder
        from hop_tf.export.verification import mean_sad

        pictures = pictures_of_folder(args.pictures)
        model = load_model(args.weights, args.preset)
        sad = mean_sad(Job(model).run_reference, pictures)
    yield f"| Keras | float32 | | | | | {sad:.2f} |"
    kinds = [
        (EXPORT_FORMATS[name], precision) for name in args.formats for precision in EXPORT_FORMATS[name].precisions
    ]
    for format, precision in tqdm(kinds, unit="file"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"hop{format.suffix}"
            try:
                with quiet_start():
                    exported = export(model, format.name, path, precision=precision)
                    runs_here = exported.compared == format.name
                    sad = f"{mean_sad(format.load(path), pictures):.2f}" if runs_here else "needs a GPU"
            except ExportError as error:
                yield f"| {format.name} | {precision} | {error} | | | | |"
                continue
            where = "" if runs_here else f" ({exported.compared})"
            largest, mean = (f"{x:.0e}{where}" for x in exported.difference)
            size = f"{exported.bytes / 1e6:.1f}"
            yield f"| {format.name} | {precision} | {size} | {exported.operations} | {largest} | {mean} | {sad} |"


if __name__ == "__main__":
    sys.exit(main())
