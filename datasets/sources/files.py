"""Reading image files, with the name of the file in every complaint."""

from pathlib import Path

import cv2
import numpy as np

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}


def list_images(folder):
    """Sorted paths of the image files directly in ``folder``; an empty folder is an error."""
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"No such image folder: {folder}")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ValueError(f"No image files in {folder}")
    return paths


def read_image(path, flags):
    """Decodes ``path`` with OpenCV ``flags``; uint8, channels in OpenCV's order (BGR or BGRA).

    Raises:
        ValueError: the file cannot be decoded; the message names it.
    """
    data = np.fromfile(path, np.uint8)
    image = None
    if data.size:
        try:
            image = cv2.imdecode(data, flags)
        except cv2.error:
            image = None
    if image is None:
        raise ValueError(f"Cannot decode image file {path}")
    if image.dtype == np.uint16:
        image = (image // 257).astype(np.uint8)
    return image


def shrink(image, max_side):
    """Shrinks ``image`` by area averaging until its longer side is at most ``max_side``; never enlarges."""
    height, width = image.shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return image
    new_size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, new_size, interpolation=cv2.INTER_AREA)
