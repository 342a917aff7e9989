"""The two ways of making samples, by name."""

from dataclasses import fields

from hop_tf.datasets.recipes.open import Recipe
from hop_tf.datasets.recipes.paper import PaperRecipe

#: "open": cut-outs and drawn foregrounds of any size. "paper": large foregrounds, the published augmentation.
RECIPES = {"open": Recipe, "paper": PaperRecipe}


def make_recipe(name, **options):
    """A recipe by name.

    Args:
        name: "open" or "paper".
        **options: its attributes, such as ``random_interpolation=True``; those left out keep their default.

    Returns:
        Recipe or PaperRecipe.
    """
    if name not in RECIPES:
        raise ValueError(f"`name` must be one of {', '.join(RECIPES)}. Received: {name!r}")
    known = [field.name for field in fields(RECIPES[name])]
    unknown = sorted(options.keys() - set(known))
    if unknown:
        raise ValueError(f"The recipe {name!r} has the options {', '.join(known)}. Received: {', '.join(unknown)}")
    return RECIPES[name](**options)
