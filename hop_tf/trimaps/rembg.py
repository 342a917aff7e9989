"""Masks by the models of the package rembg, which find the most prominent object of a photo."""

import threading

import numpy as np
from PIL import Image

from hop_tf.errors import MissingPackageError, UserError, first_line, install_hint
from hop_tf.pictures.array_check import check_image
from hop_tf.pictures.eight_bit import change_depth
from hop_tf.trimaps.band import NARROWEST, trimap_of
from hop_tf.trimaps.marks import Box, slices

DEFAULT_MODEL = "u2netp"
_OTHER_TASKS = {"sam", "u2net_cloth_seg"}  # the first needs clicks, the second finds several masks
_MARGIN = 0.1  # around a box, as a share of its sides: on 44 photos better than 0 and 5 %, about as good as 20 %
_CORRECTED = 0.015  # width of the band, as a share of the longer side


class RembgModel:
    """A model of the package rembg.

    The model is downloaded on first use, and kept where rembg keeps it. Threads may share one `RembgModel`, which
    processes one photo at a time.

    Args:
        name: its name in rembg, such as `"u2netp"` or `"isnet-general-use"`. Models that run elsewhere, need more than
            a photo or give more than one mask are unknown.

    Raises:
        MissingPackageError: if rembg is not installed.
        UserError: if the model is unknown, cannot be downloaded or is no ONNX file.
    """

    def __init__(self, name: str = DEFAULT_MODEL):
        try:
            import rembg.sessions
        except ImportError as error:
            raise MissingPackageError(f"rembg: the package is not installed; {install_hint('rembg')}") from error
        sessions = {
            each: session
            for each, session in rembg.sessions.sessions.items()
            if session.is_local() and each not in _OTHER_TASKS and not each.endswith("_custom")
        }
        if name not in sessions:
            raise UserError(f"rembg:{name}: no such model; expected one of {', '.join(sorted(sessions))}")
        try:
            path = sessions[name].download_models()
        except Exception as error:
            reason = first_line(error)
            if isinstance(error, OSError):  # those of requests have long texts, and no `strerror`
                reason = error.strerror or type(error).__name__
            raise UserError(
                f"rembg:{name}: the model cannot be downloaded ({reason}); try again later, or copy {name}.onnx to "
                f"{sessions[name].model_dir()}"
            ) from error
        try:
            self._session = rembg.new_session(name)
        except Exception as error:
            raise UserError(f"{path}: cannot be loaded: {first_line(error)}; delete it to download it again") from error
        self._lock = threading.Lock()

    def mask(self, photo: np.ndarray, box: Box | None = None) -> np.ndarray:
        """Return a soft mask of the most prominent object of a photo, or of a box in it.

        Args:
            photo: uint8 or uint16 `[height, width, 3]`, RGB.
            box: (x, y, width, height) in pixels, around the whole object to find. The model sees the photo cropped to
                the box plus 10 % of its sides all around; everything outside the box is background. Parts of the box
                outside the photo are ignored. By default the model sees the whole photo.

        Returns:
            uint8 `[height, width]`: 0 in the background, 255 in the object, other levels where the model is uncertain;
            0 everywhere if it finds nothing.

        Raises:
            ValueError: if the photo has another type or shape, or the box does not overlap it.
        """
        check_image(photo)
        if box is None:
            return self._predict(photo)
        inside, seen = slices(box), slices(box, _MARGIN)
        if not photo[inside].size:
            raise ValueError(f"`box` must overlap the photo of shape {photo.shape[:2]}. Received: {box}")
        found, mask = np.zeros((2, *photo.shape[:2]), np.uint8)
        found[seen] = self._predict(photo[seen])
        mask[inside] = found[inside]
        return mask

    def _predict(self, photo):
        picture = Image.fromarray(change_depth(photo, np.uint8))
        with self._lock, np.errstate(divide="ignore", invalid="ignore"):  # rembg divides by the range of the output
            (mask,) = self._session.predict(picture)
        return np.asarray(mask)

    def trimap(self, photo: np.ndarray, width: float | None = None, box: Box | None = None) -> np.ndarray:
        """Return a trimap of the most prominent object of a photo, or of a box in it.

        The mask is soft where the model is uncertain, and its levels in between are unknown, so the band around them
        may be narrow: on 44 photos, 1 % gave better mattes than the automatic width of `hop_tf.trimaps.band.trimap_of`.

        Args:
            photo: uint8 or uint16 `[height, width, 3]`, RGB.
            width: width of the band on each side of the uncertain levels, in pixels; by default 1 % of the longer
                side of the photo, or of the box.
            box: as in `mask`.

        Returns:
            uint8 `[height, width]` with the levels 0, 128 and 255; 0 everywhere if the model finds nothing.

        Raises:
            ValueError: as in `mask`.
        """
        return trimap_of(photo, self.mask(photo, box), band_width(photo, box) if width is None else width)


def band_width(photo: np.ndarray, box: Box | None = None, corrected: bool = False) -> float:
    """Return the width of the band on each side of a model's uncertain levels.

    Args:
        photo: `[height, width, 3]`.
        box: (x, y, width, height) in pixels, or `None`.
        corrected: whether strokes have corrected the mask, whose edges are less exact then.

    Returns:
        1 % of the longer side of the photo or the box, or 1.5 % of it, in pixels.
    """
    side = max((photo if box is None else photo[slices(box)]).shape[:2])
    return (_CORRECTED if corrected else NARROWEST) * side
