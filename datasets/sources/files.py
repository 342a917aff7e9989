"""Reading image files, with the name of the file in every complaint."""

from pathlib import Path

import cv2
import numpy as np

from hop_tf.datasets.sources.truncation import is_truncated
from hop_tf.errors import UserError

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}


class BadImage(UserError, ValueError):
    """A file of a data set cannot be used; the message names it and says why.

    Attributes:
        path: str, the file.
    """

    def __init__(self, path, reason):
        super().__init__(path, reason)
        self.path = str(path)
        self.reason = reason

    def __str__(self):
        return f"{self.path}: {self.reason}"


def list_images(folder):
    """Sorted paths of the image files directly in ``folder``, hidden ones left out; an empty folder is an error."""
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"No such image folder: {folder}")
    visible = (path for path in folder.iterdir() if not path.name.startswith("."))
    paths = sorted(path for path in visible if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ValueError(f"No image files in {folder}")
    return paths


def read_image(path, flags):
    """Decodes ``path`` with OpenCV ``flags``; uint8, channels in OpenCV's order (BGR or BGRA).

    Raises:
        BadImage: the file is missing, truncated or no image.
    """
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise BadImage(path, f"cannot be read ({error.strerror})") from error
    if is_truncated(data):
        raise BadImage(path, "truncated image file")
    image = None
    if data.size:
        try:
            image = cv2.imdecode(data, flags)
        except cv2.error:
            image = None
    if image is None:
        raise BadImage(path, "cannot be decoded as an image")
    if image.dtype == np.uint16:
        image = (image // 257).astype(np.uint8)
    return image


def shrink(image, max_side):
    """Shrinks ``image`` by area averaging until its longer side is at most ``max_side``; never enlarges.

    ``max_side`` None leaves it as it is.
    """
    height, width = image.shape[:2]
    if max_side is None or max(height, width) <= max_side:
        return image
    scale = max_side / max(height, width)
    new_size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, new_size, interpolation=cv2.INTER_AREA)
