"""Contact sheets of the worst mattes."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hop_tf.evaluation.scoring import MatteFile, Result
from hop_tf.evaluation.tables import DIGITS
from hop_tf.pictures.reading import read_alpha, read_photo, read_trimap
from hop_tf.pictures.trimap import UNKNOWN

SIDE = 260  # longer side of a thumbnail
GAP = 6
LINE = 22
PAPER, INK = (255, 255, 255), (0, 0, 0)


def worst(results: Iterable[Result[MatteFile]], count: int) -> list[list[Result[MatteFile]]]:
    """Return the pictures with the highest SAD of the first method, as a list of results, one for each method."""
    rows: dict[tuple[str, str], list[Result[MatteFile]]] = {}
    for result in results:
        rows.setdefault((result.task.trimap_set, result.task.picture.name), []).append(result)
    return sorted(rows.values(), key=lambda row: -row[0].scores["SAD"])[:count]


def contact_sheet(rows: Sequence[Sequence[Result[MatteFile]]]) -> np.ndarray:
    """Draw photos, trimaps and true alphas beside the mattes of one or several methods and their errors.

    Errors are shown in the unknown region: black for none, through red, to bright yellow where alpha is off by 1.

    Args:
        rows: for each picture the results of each method.

    Returns:
        uint8 array `[height, width, 3]`, RGB.
    """
    font = ImageFont.load_default(14)
    strips = [_strip(results, font) for results in rows]
    methods = [result.task.method for result in rows[0]]
    labels = ["photo", "trimap", "true alpha"]
    for method in methods:
        labels += [method, f"error of {method}"] if len(methods) > 1 else ["matte", "error"]
    header = Image.new("RGB", (strips[0].width, LINE), PAPER)
    for column, label in enumerate(labels):
        _write(header, label, column * (SIDE + GAP), SIDE, font)
    sheet = Image.new("RGB", (header.width, LINE + sum(strip.height for strip in strips)), PAPER)
    top = 0
    for part in [header, *strips]:
        sheet.paste(part, (0, top))
        top += part.height
    return np.asarray(sheet)


def _strip(results, font):
    """Draw one picture: a line with its name and scores, the thumbnails below it."""
    picture = results[0].task.picture
    trimap, alpha = read_trimap(picture.trimap), read_alpha(picture.alpha)
    cells = [read_photo(picture.photo), trimap, alpha]
    for result in results:
        matte = read_alpha(result.task.matte)
        cells += [matte, _error(matte, alpha, trimap)]
    thumbnails = [_thumbnail(cell) for cell in cells]
    width = len(cells) * (SIDE + GAP) - GAP
    strip = Image.new("RGB", (width, LINE + max(image.height for image in thumbnails) + GAP), PAPER)
    for column, image in enumerate(thumbnails):
        strip.paste(image, (column * (SIDE + GAP), LINE))
    _write(strip, f"{picture.name}  {results[0].task.trimap_set}", 0, 3 * SIDE, font)
    for place, result in enumerate(results):
        scores = "  ".join(f"{name} {result.scores[name]:.{digits}f}" for name, digits in DIGITS.items())
        _write(strip, scores, (3 + 2 * place) * (SIDE + GAP), 2 * SIDE, font)
    return strip


def _error(matte, alpha, trimap):
    difference = np.where(trimap == UNKNOWN, cv2.absdiff(matte, alpha), 0).astype(np.uint8)
    return cv2.cvtColor(cv2.applyColorMap(difference, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)


def _thumbnail(array):
    image = Image.fromarray(array).convert("RGB")
    ratio = SIDE / max(image.size)
    return image.resize([max(1, round(side * ratio)) for side in image.size], Image.Resampling.BOX)


def _write(image, text, left, width, font):
    """Write on the first line of an image, shortened to `width` pixels."""
    if font.getlength(text) > width:
        while text and font.getlength(f"{text}...") > width:
            text = text[:-1]
        text += "..."
    ImageDraw.Draw(image).text((left + 2, LINE - 5), text, INK, font, anchor="ls")
