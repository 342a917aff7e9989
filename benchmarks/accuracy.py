"""`python -m benchmarks.accuracy`: size, difference to Keras and SAD of every format and precision."""

import argparse
import sys
import tempfile
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


def main(argv=None):
    parser = OneLineParser(
        prog="python -m benchmarks.accuracy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "pictures", help="folder with the folders image, trimap and alpha, or those of alphamatting.com"
    )
    add_weights_arguments(parser)
    parser.add_argument(
        "--formats",
        nargs="+",
        choices=EXPORT_FORMATS,
        default=list(EXPORT_FORMATS),
        metavar="FORMAT",
        help="default: all",
    )
    return exit_code(lambda: _print_table(parser.parse_args(argv)))


def _print_table(args):
    print(HEADER)
    for row in _rows(args):
        print(row, flush=True)


def _rows(args):
    """Markdown rows: Keras first, then each format in each precision, for photos of any size."""
    with quiet_start():
        from hop_tf.export.job import Job
        from hop_tf.export.samples import pictures_of_folder
        from hop_tf.export.verification import mean_sad

        pictures = pictures_of_folder(args.pictures)
        model = load_model(args.weights, args.preset)
        sad = mean_sad(Job(model).run_reference, pictures)
    yield f"| Keras | float32 | | | | | {sad:.2f} |"
    kinds = [(name, precision) for name in args.formats for precision in EXPORT_FORMATS[name].precisions]
    for name, precision in tqdm(kinds, unit="file"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"hop{EXPORT_FORMATS[name].suffix}"
            try:
                with quiet_start():
                    exported = export(model, name, path, precision=precision)
                    ran_here = exported.compared == name
                    sad = f"{mean_sad(EXPORT_FORMATS[name].load(path), pictures):.2f}" if ran_here else "needs a GPU"
            except ExportError as error:
                yield f"| {name} | {precision} | {error} | | | | |"
                continue
            where = "" if ran_here else f" ({exported.compared})"
            largest, mean = (f"{x:.0e}{where}" for x in exported.difference)
            size = f"{exported.bytes / 1e6:.1f}"
            yield f"| {name} | {precision} | {size} | {exported.operations} | {largest} | {mean} | {sad} |"


if __name__ == "__main__":
    sys.exit(main())
