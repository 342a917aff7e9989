"""Writing TIFF files of 8 and 16 bits. Pillow writes no colours of 16 bits, and OpenCV does not mark alpha as such."""

import zlib
from pathlib import Path

import numpy as np
from PIL import TiffImagePlugin as tiff

_GREY, _RGB = 1, 2
_DEFLATE, _HORIZONTAL = 8, 2
_UNASSOCIATED_ALPHA = 2  # colours are not multiplied by alpha
_PREDICTOR = 317


def write_tiff(path: Path, array: np.ndarray) -> None:
    """Write a TIFF file, compressed without loss.

    Args:
        path: the file.
        array: uint8 or uint16 array, grey `[height, width]`, RGB `[height, width, 3]` or RGBA `[height, width, 4]`.

    Raises:
        OSError: if the file cannot be written.
    """
    height, width = array.shape[:2]
    values = array.reshape(height, width, -1).astype(array.dtype.newbyteorder("<"))
    differences = values.copy()
    differences[:, 1:] -= values[:, :-1]  # modulo 256 or 65536, as the predictor wants
    data = zlib.compress(differences.tobytes())
    channels = values.shape[2]
    directory = tiff.ImageFileDirectory_v2(prefix=b"II")
    directory[tiff.IMAGEWIDTH], directory[tiff.IMAGELENGTH] = width, height
    directory[tiff.BITSPERSAMPLE] = (8 * array.itemsize,) * channels
    directory[tiff.COMPRESSION], directory[_PREDICTOR] = _DEFLATE, _HORIZONTAL
    directory[tiff.PHOTOMETRIC_INTERPRETATION] = _GREY if channels == 1 else _RGB
    directory[tiff.SAMPLESPERPIXEL], directory[tiff.ROWSPERSTRIP] = channels, height
    directory[tiff.STRIPOFFSETS], directory[tiff.STRIPBYTECOUNTS] = 0, len(data)  # from the end of the directory
    if channels == 4:
        directory[tiff.EXTRASAMPLES] = _UNASSOCIATED_ALPHA
    with path.open("wb") as file:
        directory.save(file)
        file.write(data)
