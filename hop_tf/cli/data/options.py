"""Options that several subcommands share."""

import argparse
from pathlib import Path

from hop_tf.datasets.recipes import RECIPES, make_recipe
from hop_tf.datasets.sources.opening import LAYOUTS


def add_folders(parser, foreground_default="drawn ones", background_default="generated textures"):
    """Adds --foregrounds, --layout and --backgrounds; the defaults are what the help says of them."""
    parser.add_argument(
        "--foregrounds", metavar="DIR", type=Path, help=f"folder of foregrounds (default: {foreground_default})"
    )
    parser.add_argument(
        "--layout", choices=["auto", *LAYOUTS], default="auto", help="of that folder (default: what it looks like)"
    )
    parser.add_argument(
        "--backgrounds", metavar="DIR", type=Path, help=f"folder of photos (default: {background_default})"
    )


def add_recipe(parser, default):
    """Adds --recipe and what it can be told."""
    parser.add_argument(
        "--recipe", choices=list(RECIPES), default=default, help=f"how samples are made (default: {default})"
    )
    parser.add_argument(
        "--random-interpolation",
        action=argparse.BooleanOptionalAction,
        help="resample foreground, alpha and background each in a random way (default: as the recipe has it)",
    )
    parser.add_argument(
        "--degrade", metavar="P", type=float, help="probability of noise, blur, tone and JPEG (default: the recipe's)"
    )


def recipe_from(args):
    """The recipe that the options of add_recipe describe."""
    options = {"random_interpolation": args.random_interpolation, "degrade": args.degrade}
    return make_recipe(args.recipe, **{name: value for name, value in options.items() if value is not None})


def positive(text):
    """An int of at least 1, as a type for argparse."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, not {text!r}")
    return int(text)
