"""Recipes for samples, by name."""

from dataclasses import fields

from hop_tf.datasets.recipes.open import Recipe
from hop_tf.datasets.recipes.paper import PaperRecipe

__all__ = ["RECIPES", "PaperRecipe", "Recipe", "make_recipe"]

#: "open": cutouts and drawn foregrounds of any size. "paper": large foregrounds and the augmentation of the paper.
RECIPES = {"open": Recipe, "paper": PaperRecipe}


def make_recipe(name: str, **options) -> Recipe | PaperRecipe:
    """Return a recipe by name.

    Args:
        name: `"open"` or `"paper"`.
        **options: attributes of the recipe, such as `random_interpolation=True`. The others keep their defaults.

    Raises:
        ValueError: if there is no such recipe or option.
    """
    if name not in RECIPES:
        raise ValueError(f"`name` must be one of {', '.join(RECIPES)}. Received: {name!r}")
    known = [field.name for field in fields(RECIPES[name])]
    unknown = sorted(options.keys() - set(known))
    if unknown:
        raise ValueError(f"The recipe {name!r} has the options {', '.join(known)}. Received: {', '.join(unknown)}")
    return RECIPES[name](**options)
