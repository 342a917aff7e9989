"""Options shared by the subcommands of `hop-tf data`."""

import argparse
from pathlib import Path

from hop_tf.datasets.recipes import RECIPES, PaperRecipe, Recipe, make_recipe
from hop_tf.datasets.sources.opening import LAYOUTS


def add_folders(
    parser: argparse.ArgumentParser,
    foreground_default: str = "drawn ones",
    background_default: str = "generated textures",
) -> None:
    """Add `--foregrounds`, `--layout` and `--backgrounds`; the help texts describe the given defaults."""
    parser.add_argument(
        "--foregrounds", metavar="DIR", type=Path, help=f"folder of foregrounds; default: {foreground_default}"
    )
    parser.add_argument(
        "--layout",
        choices=["auto", *LAYOUTS],
        default="auto",
        help="layout of the folder of foregrounds; default: recognise it",
    )
    parser.add_argument(
        "--backgrounds", metavar="DIR", type=Path, help=f"folder of photos; default: {background_default}"
    )


def add_recipe(parser: argparse.ArgumentParser, default: str) -> None:
    """Add `--recipe` and the options of a recipe."""
    parser.add_argument(
        "--recipe", choices=list(RECIPES), default=default, help="recipe for the samples; default: %(default)s"
    )
    parser.add_argument(
        "--random-interpolation",
        action=argparse.BooleanOptionalAction,
        help="resample foreground, alpha and background with a random interpolation each; default: the recipe's",
    )
    parser.add_argument(
        "--degrade",
        metavar="P",
        type=float,
        help="probability of noise, blur, a tone curve and JPEG; default: the recipe's",
    )


def recipe_from(args: argparse.Namespace) -> Recipe | PaperRecipe:
    """Return the recipe that the options of `add_recipe` describe."""
    options = {"random_interpolation": args.random_interpolation, "degrade": args.degrade}
    return make_recipe(args.recipe, **{name: value for name, value in options.items() if value is not None})
