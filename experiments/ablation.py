"""`python -m experiments ablation`: Tables 2, 5 and 6, every row trained with the same budget and seed."""

import argparse
from pathlib import Path

import train
from experiments import tables
from experiments.composites import Composites
from experiments.rows import PUBLISHED, TABLES, Row, describe, row_of
from experiments.training import check_same_budget, score_row, train_row
from hop_tf.cli.arguments import count
from hop_tf.errors import UserError
from hop_tf.evaluation.reading import PictureSet

SHORT = {"steps": "training.steps", "width": "training.width", "seed": "training.seed"}
SHORT |= {"crop_size": "data.crop_size", "batch_size": "data.batch_size"}

EPILOG = """\
A row is a preset; +ri after its name trains it with random interpolation. To resume after an interruption, run the same
command again: finished rows are kept, and the unfinished one continues from its checkpoint. Tables share their common
rows.

examples:
  python -m experiments ablation --table 5 --steps 300
  python -m experiments ablation --rows hop_9x9_plain hop_9x9_plain+ri --steps 300
  python -m experiments ablation --table 2 --config configs/paper/hop_9x9.toml -o runs/paper
      --validation COMPOSITION_1K/ --set data.foregrounds=ADOBE/ --set data.backgrounds=COCO/
      --set training.imagenet_encoder=resnet34d.pth
"""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command and its options to the parser of `python -m experiments`."""
    parser = subparsers.add_parser(
        "ablation",
        help="train and score the rows of Table 2, 5 or 6",
        description="Train the rows of a table with the same budget and seed, score each and write the table.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    rows = parser.add_mutually_exclusive_group(required=True)
    rows.add_argument("--table", type=int, choices=TABLES, help="a table of the paper")
    rows.add_argument("--rows", nargs="+", metavar="PRESET[+ri]", type=_row, help="a selection of rows")
    parser.add_argument(
        "--config",
        metavar="FILE",
        default="configs/ablation.toml",
        help="budget of all rows, a config of train.py; default: %(default)s",
    )
    parser.add_argument("--set", action="append", default=[], metavar="TABLE.KEY=VALUE", help="as in train.py")
    for name, key in SHORT.items():
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="N", help=f"short for --set {key}=N")
    parser.add_argument(
        "--validation",
        metavar="DIR",
        type=Path,
        help="test set with input, alpha, trimap1; or merged, alpha, trimap; or image, alpha, trimap; "
        "default: held-out samples from the training distribution",
    )
    parser.add_argument(
        "--composites", metavar="N", type=count, default=40, help="number of held-out samples; default: %(default)s"
    )
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, default=Path("runs/ablation"), help="default: %(default)s"
    )
    parser.set_defaults(run=run)


def _row(name):
    try:
        return row_of(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(args: argparse.Namespace) -> None:
    """Train and score the rows that the arguments name; rewrite the table after each."""
    rows = TABLES[args.table] if args.table else list(dict.fromkeys(args.rows))
    budgets = {row: _budget(args, row) for row in rows}
    for row, budget in budgets.items():
        check_same_budget(budget, args.output / row.name)
    pictures, validation, key = _pictures(args, budgets[rows[0]].data)
    name = f"table_{args.table}" if args.table else "rows"
    report = args.output / f"{name}_on_{args.validation.resolve().name if args.validation else 'composites'}.md"
    results = {}
    for row, budget in budgets.items():
        print(f"=== {row.name}", flush=True)
        train_row(budget, args.output / row.name)
        results[row] = score_row(budget, args.output / row.name, pictures, key)
        _write(report, rows, results, budget, validation)
    print(f"\n{report.read_text()}\nwrote {report} and {report.with_suffix('.json')}")


def _budget(args: argparse.Namespace, row: Row) -> train.Experiment:
    short = [f"{key}={getattr(args, name)}" for name, key in SHORT.items() if getattr(args, name) is not None]
    chosen = [f"training.preset={row.preset}", f"data.random_interpolation={str(row.random_interpolation).lower()}"]
    return train.read_config(args.config, [*args.set, *short, *chosen])


def _pictures(args, data):
    """Return the pictures to score on, their description, and the key under which a row keeps its scores."""
    if args.validation:
        pictures, folder = PictureSet(args.validation), args.validation.resolve()
        return pictures, f"the {len(pictures)} pictures of {folder.name}", str(folder)
    try:
        pictures = Composites(data, args.composites)
        return pictures, str(pictures), str(pictures)
    except (ValueError, OSError) as error:
        raise UserError(str(error)) from error


def _write(report, rows, results, budget, validation):
    """Write the rows that are finished, as a table and as numbers."""
    table = []
    for row in rows:
        result = results.get(row)
        scored = tables.cells(result["mean"]) if result else dict.fromkeys(tables.HEADINGS, "")
        published = f"{PUBLISHED[row.name][0]:.2f}" if rows is TABLES[2] else ""
        table.append(
            describe(row)
            | scored
            | {"loss": f"{result['loss']:.4f}" if result else "", "SAD of the paper, on Composition-1k": published}
        )
    used = [heading for heading in table[0] if any(line[heading] for line in table)]
    text = (
        f"{_in_words(budget)} Scored on {validation}, with the weights after the last step; `loss` is the mean of the "
    )
    text += "last epoch.\n\n" + tables.markdown([{heading: line[heading] for heading in used} for line in table])
    document = {
        "budget": _common(budget),
        "validation": validation,
        "rows": [describe(row) | results[row] for row in rows if row in results],
    }
    tables.write(report, text, document)


def _in_words(budget):
    training, data = budget.training, budget.data
    foregrounds = "cut-outs" if data.foregrounds else "drawn foregrounds"
    if data.foregrounds and data.recipe == "open":
        foregrounds += " and drawn foregrounds"
    return (
        f"Each row: {training.steps} steps of {data.batch_size} crops of {data.crop_size} x {data.crop_size} pixels, "
        f"seed {training.seed}, {training.dtype}, channels "
        f"{f'times {training.width:g}' if training.width else 'as in the preset'}; {foregrounds} over "
        f"{'photos' if data.backgrounds else 'generated textures'}, recipe {data.recipe}."
    )


def _common(budget):
    """Return the settings that all rows share, with the names of files and folders instead of their paths."""
    common = {table: dict(vars(getattr(budget, table))) for table in ("training", "data", "loss", "optimizer")}
    del common["training"]["preset"], common["data"]["random_interpolation"]
    for table, key in (
        ("data", "foregrounds"),
        ("data", "backgrounds"),
        ("training", "initial_weights"),
        ("training", "imagenet_encoder"),
    ):
        common[table][key] = Path(common[table][key]).name
    return common
