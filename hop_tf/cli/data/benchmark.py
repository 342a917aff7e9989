"""`hop-tf data benchmark`: measure samples per second and the share of each step."""

import argparse
import tempfile

from hop_tf.cli import arguments
from hop_tf.cli.data import options
from hop_tf.datasets.benchmark import Result, measure, write_test_data
from hop_tf.datasets.samples import MattingSamples

EPILOG = """\
Without --foregrounds, foregrounds of 1920 x 1080 pixels and photos of 640 x 480 are drawn into a temporary folder and
decoded for each sample, as happens with a data set that does not fit in memory. With --foregrounds but without
--backgrounds, backgrounds are generated textures. The command measures CPU time on one core, so other programs hardly
disturb the result.

examples:
  hop-tf data benchmark
  hop-tf data benchmark --recipe open --crop-size 192 --foregrounds cutouts/ --backgrounds photos/
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to `hop-tf data`."""
    parser = subparsers.add_parser(
        "benchmark",
        help="measure how fast samples are made",
        description="Measure samples per second and core, and the share of each step.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_folders(parser, foreground_default="see below", background_default="see below")
    options.add_recipe(parser, default="paper")
    parser.add_argument(
        "--crop-size", metavar="N", type=arguments.count, default=512, help="side of a sample; default: %(default)s"
    )
    parser.add_argument(
        "--count", metavar="N", type=arguments.count, default=100, help="number of samples; default: %(default)s"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        foregrounds, backgrounds = args.foregrounds, args.backgrounds
        if foregrounds is None:
            foregrounds, drawn_backgrounds = write_test_data(folder)
            backgrounds = backgrounds or drawn_backgrounds
        recipe = options.recipe_from(args)
        samples = MattingSamples(foregrounds, backgrounds, args.crop_size, recipe=recipe, layout=args.layout)
        result = measure(samples, args.count)
    print(format_table(result))


def format_table(result: Result) -> str:
    """Return the steps as an aligned table, followed by the samples per second."""
    seconds = 1 / result.samples_per_second
    rows = [("step", "ms per sample", "share")]
    rows += [(name, f"{1000 * time:.1f}", f"{time / seconds:.0%}") for name, time in result.steps.items()]
    rows.append(("all", f"{1000 * seconds:.1f}", "100%"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}" for row in rows]
    rule = "-" * len(lines[0])
    return "\n".join(
        [lines[0], rule, *lines[1:-1], rule, lines[-1], f"{result.samples_per_second:.1f} samples per second and core"]
    )
