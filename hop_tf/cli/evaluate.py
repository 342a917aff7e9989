"""`hop-tf evaluate`: score mattes from folders or from the network, and rank several methods."""

import argparse
import contextlib
import functools
import json
import sys
import tempfile
from pathlib import Path

from tqdm import tqdm

from hop_tf.cli import arguments, network_options
from hop_tf.cli.output import check_output_file, check_output_folder
from hop_tf.errors import UserError, some_names
from hop_tf.evaluation import mattes, ranking, scoring, tables, test_sets
from hop_tf.evaluation.contact_sheet import contact_sheet, worst
from hop_tf.evaluation.optional import check_installed
from hop_tf.inference.find_alpha import find_alpha
from hop_tf.inference.runtimes.devices import processors
from hop_tf.models.presets import DEFAULT_PRESET
from hop_tf.pictures.alpha_check import is_trimap
from hop_tf.pictures.atomic_write import atomic_write
from hop_tf.pictures.reading import read_alpha
from hop_tf.pictures.writing import write_png

EPILOG = """\
The scores are those of the published MATLAB scripts, over the pixels whose trimap is exactly 128; lower is better.
  SAD   sum of absolute differences of alpha in 0..1, in thousands
  MSE   mean squared difference of alpha in 0..1 (papers often print it times 1000)
  Grad  gradient error, in thousands
  Conn  connectivity error, in thousands

layouts of a test set:
  composition-1k  merged/, trimap/ or trimaps/, alpha/ or alpha_copy/; an alpha x.png serves x_0.png, x_1.png, ...
  alphamatting    input/, alpha/, trimap1/, trimap2/, ...; mattes of each kind of trimap in trimap1/, trimap2/, ...
  folder          input/ or image/, trimap/, alpha/

examples:
  hop-tf evaluate --pred mattes/ --alpha alpha/ --trimap trimaps/ --json scores.json
  hop-tf evaluate --dataset alphamatting test/ --save mattes/       mattes with the bundled weights, scores
  hop-tf evaluate --dataset composition-1k test/ --pred mattes/ --csv scores.csv
  hop-tf evaluate --dataset alphamatting test/ --pred hop=mattes/ other=others/         scores and ranks both
"""


def add_parser(subparsers: argparse._SubParsersAction, help: str) -> None:
    """Add the command to `hop-tf`."""
    parser = subparsers.add_parser(
        "evaluate",
        help=help,
        description="Score mattes by SAD, MSE, Grad and Conn: those in a folder, or those that the network computes\n"
        "for a test set. Pictures are matched by file stem.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--dataset",
        metavar=("LAYOUT", "DIR"),
        nargs=2,
        help=f"a test set: its layout, one of {', '.join(test_sets.LAYOUTS)}, and its folder",
    )
    parser.add_argument("--alpha", metavar="DIR", type=Path, help="instead of --dataset: the true alphas")
    parser.add_argument("--trimap", metavar="DIR", type=Path, help="instead of --dataset: the trimaps")
    parser.add_argument(
        "--pred",
        metavar="[NAME=]DIR",
        nargs="+",
        help="mattes to score; several folders are ranked; default: compute them with the network",
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the unrounded scores, means and ranks")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="also write the unrounded scores of each matte")
    parser.add_argument("--contact-sheet", metavar="FILE", type=Path, help="also write a .png of the worst mattes")
    parser.add_argument(
        "--worst",
        metavar="N",
        type=arguments.count,
        default=8,
        help="number of mattes on that sheet, highest SAD first; default: %(default)s",
    )
    parser.add_argument("--save", metavar="DIR", type=Path, help="keep the network's mattes in this folder")
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=arguments.count,
        default=processors(),
        help="number of mattes to score at once; default: %(default)s here",
    )
    network_options.add_network_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Score the mattes, print the tables and write the files that the arguments ask for."""
    check_installed()
    test_set = _test_set(args)
    tasks = None if args.pred is None else mattes.finished_mattes(args.pred, test_set)
    _check(args, test_set, tasks or [])
    _warn_of_trimaps(tasks or [])
    with contextlib.ExitStack() as stack:
        if tasks is None:
            folder = args.save or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            method = args.weights.name if args.weights else args.preset or DEFAULT_PRESET
            find = functools.partial(find_alpha, network_options.load_predictor(args))
            tasks = mattes.network_mattes(find, method, test_set, folder)
        methods = len(args.pred or [None])
        total = methods * sum(map(len, test_set.values()))
        scored = scoring.score_all(tasks, args.jobs)
        results = list(tqdm(scored, total=total, unit="picture", disable=None, leave=False))
        _write_and_print(args, results)
        if args.contact_sheet:  # last, so an unreadable photo costs no scores
            write_png(args.contact_sheet, contact_sheet(worst(results, args.worst)))
            print(f"wrote {args.contact_sheet}")


def _test_set(args):
    """Return the pictures to matte or score, as `open_test_set` does."""
    if args.dataset is None:
        if args.pred is None or args.alpha is None or args.trimap is None:
            raise UserError("expected --dataset LAYOUT DIR, or all three of --pred, --alpha, --trimap")
        return {"": test_sets.pair(args.trimap, args.alpha)}
    if args.alpha or args.trimap:
        raise UserError("--alpha and --trimap take the place of --dataset; leave out one or the other")
    layout, folder = args.dataset
    if layout not in test_sets.LAYOUTS:
        raise UserError(f"--dataset {layout}: unknown layout; expected one of {', '.join(test_sets.LAYOUTS)}")
    return test_sets.open_test_set(layout, Path(folder))


def _check(args, test_set, tasks):
    """Reject wrong arguments before the long work begins."""
    pictures = [picture for pictures in test_set.values() for picture in pictures]
    network_only = ("save", "weights", "runtime", "device", "precision", "tta", "one_scale")
    if tasks and (given := [name for name in network_only if getattr(args, name)]):
        option = given[0].replace("_", "-")
        raise UserError(f"--{option} is for the network's mattes; leave out either this option or --pred")
    if pictures[0].photo is None and (not tasks or args.contact_sheet):
        needs = "contact sheet" if tasks else "network"
        raise UserError(
            f"{pictures[0].trimap.parent}: no photos are known for these trimaps, but the {needs} needs them; "
            "use --dataset, such as --dataset folder DIR with image/, trimap/ and alpha/ in DIR"
        )
    inputs = [path for picture in pictures for path in picture[1:] if path] + [task.matte for task in tasks]
    for path, suffix in ((args.json, ".json"), (args.csv, ".csv"), (args.contact_sheet, ".png")):
        if path:
            check_output_file(path, suffix, inputs)
    if args.save:
        for trimap_set in test_set:
            check_output_folder(args.save / trimap_set, {path.parent for path in inputs})


def _warn_of_trimaps(tasks):
    for task in {task.method: task for task in reversed(tasks)}.values():
        if is_trimap(read_alpha(task.matte, may_be_trimap=True)):
            print(f"warning: {task.matte}: looks like a trimap; it is scored as a matte", file=sys.stderr)


def _write_and_print(args, results):
    sorted_results = tables.by_method(results)
    ranks = None
    if len(sorted_results) > 1:
        ranks = ranking.rank_table(
            {
                method: {name: [result.scores for result in of_set] for name, of_set in sets.items()}
                for method, sets in sorted_results.items()
            }
        )
    if args.json:
        with atomic_write(args.json) as path:
            path.write_text(json.dumps(tables.as_json(sorted_results, ranks), indent=2) + "\n")
    if args.csv:
        with atomic_write(args.csv) as path:
            path.write_text(tables.as_csv(results), encoding="utf-8", errors="surrogateescape")
    odd = sorted({str(result.task.picture.trimap) for result in results if result.other_levels})
    if odd:
        verb = "has" if len(odd) == 1 else "have"
        print(
            f"warning: {some_names(odd)}: {verb} levels besides 0, 128 and 255; only 128 is scored",
            file=sys.stderr,
        )
    if args.dataset is None and ranks is None:
        tables.print_table(tables.pictures_table(results))
    else:
        tables.print_table(tables.means_table(sorted_results))
    if ranks:
        print()
        tables.print_table(tables.ranks_table(ranks))
    for path in filter(None, (args.json, args.csv, args.save)):
        print(f"wrote {path}")
