"""Scores of a network over pictures, and tables of them."""

import json
import sys

import numpy as np
from tqdm import tqdm

from hop_tf.errors import UserError
from hop_tf.evaluation.metrics import scores
from hop_tf.pictures.atomic_write import atomic_write

#: Heading of each score's column, the factor it is printed times, and its digits.
COLUMNS = {"SAD": ("SAD", 1, 2), "MSE": ("MSE x 10^-3", 1000, 1), "Grad": ("Grad", 1, 2), "Conn": ("Conn", 1, 2)}
HEADINGS = tuple(heading for heading, _, _ in COLUMNS.values())


def score(predictor, pictures, change=None, label="scoring"):
    """Scores of every picture.

    Args:
        predictor: `hop_tf.Predictor`.
        pictures: sequence of (name, photo, trimap, alpha), uint8.
        change: function from a photo to the photo that the network sees; None changes nothing.
        label: str, before the bar.

    Returns:
        Dict of name to what `hop_tf.evaluation.metrics.scores` returns.

    Raises:
        UserError: if a picture cannot be used, or the network's alpha is not finite.
    """
    found = {}
    for index in tqdm(range(len(pictures)), label, unit="picture", disable=None, leave=False, file=sys.stderr):
        try:
            name, photo, trimap, alpha = pictures[index]
            predicted = predictor.predict(change(photo) if change else photo, trimap)
            found[name] = scores(np.rint(predicted * 255).astype(np.uint8), alpha, trimap)
        except (ValueError, FloatingPointError) as error:
            raise UserError(f"picture {index + 1} of {len(pictures)}: {error}") from error
    return found


def mean(found):
    """Mean of each score over the pictures of what `score` returns."""
    return {name: float(np.mean([of[name] for of in found.values()])) for name in COLUMNS}


def cells(means):
    """Mean scores as the paper prints them: dict of heading to str."""
    return {heading: f"{means[name] * factor:.{digits}f}" for name, (heading, factor, digits) in COLUMNS.items()}


def markdown(rows):
    """A table of rows, dicts of heading to str with the same headings."""
    headings = list(rows[0])
    lines = [headings, ["---"] * len(headings), *([row[heading] for heading in headings] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(path, text, document):
    """Writes a table to `path`, and all its numbers as JSON to the same name with another suffix."""
    for target, content in ((path, text), (path.with_suffix(".json"), json.dumps(document, indent=1) + "\n")):
        with atomic_write(target) as temporary:
            temporary.write_text(content)
