"""The predictor: from a photo of any size and its trimap to alpha."""

import numbers
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hop_tf.inference import runtimes
from hop_tf.inference.default_network import default_network
from hop_tf.inference.symmetry import mean_of_symmetries
from hop_tf.inference.tiling import batches, plan
from hop_tf.inference.two_scales import predict_at_two_scales
from hop_tf.models.presets import DEFAULT_PRESET
from hop_tf.pictures import foreground
from hop_tf.pictures.array_check import check_image, describe
from hop_tf.pictures.eight_bit import network_levels
from hop_tf.pictures.input_size import SIZE_MULTIPLE, SMALLEST_SIZE
from hop_tf.pictures.trimap import split_trimap
from hop_tf.pictures.trimap_check import check_levels

if TYPE_CHECKING:
    import keras

SMALLEST_TILE = 256


class Predictor:
    """Predict the alpha of photos of any size.

    Only the unknown region and 256 pixels of context around it are processed where that saves at least 30 % of the
    photo. Regions that do not fit into memory are cut into overlapping tiles, whose alphas are blended.

    Args:
        model_or_path: a `keras.Model` with the inputs of `hop_tf.HOPMatting`; or the path of a `.keras` or
            `.weights.h5` file; or the name of a preset with bundled weights; or the path of what `hop-tf export` wrote:
            an `.onnx`, `.tflite` or `.engine` file, or a folder of OpenVINO or SavedModel; or a loaded `Network`, such
            as a `TensorRTNetwork` with its options. Engines and SavedModels are programs: load only those from people
            you trust. By default the bundled network: its ONNX file in ONNX
            Runtime; or in Keras, if `runtime` or `precision` asks for it or Keras sees a GPU.
        preset: the preset that a `.weights.h5` file belongs to; ignored otherwise.
        tile: `"auto"` processes the whole photo if it fits in `memory_mb`, otherwise the largest tiles that fit. An int
            of at least 64 is the largest side to process at once, in pixels, rounded down to a multiple of 32. `None`
            never cuts a photo into tiles.
        memory_mb: memory in megabytes that the process may use with `tile="auto"`, not counting photo and alpha.
        runtime: name of a runtime in `hop_tf.inference.runtimes.RUNTIMES` to insist on; `None` goes by the file.
        device: such as `"cpu"`, `"gpu"` or `"gpu:1"`; `None` leaves the choice to the library.
        precision: `"float32"`, `"bfloat16"` or `"float16"`, to compute in with Keras and OpenVINO; other files have a
            fixed precision. `None` means float32, or that of the file.
        tta: whether to average over a photo's eight rotations and flips, which takes eight times as long.
        two_scales: whether to predict the alpha of a smaller copy as well where a photo of more than 800 pixels has
            an unknown pixel more than 40 pixels from a known one, and to blend the two; see
            `hop_tf.inference.two_scales`.

    Exported files of one fixed size see tiles of that size, whatever `tile` says.

    Threads may share a predictor. The network runs for one of them at a time; the others wait for their turn.

    Attributes:
        network: the loaded `hop_tf.inference.runtimes.network.Network`; `network.description` says which library runs
            it, on which device and in which precision.

    Raises:
        FileNotFoundError: if a weights or model file does not exist.
        NetworkError: a one-line `ValueError`, if a library or device is missing, or if runtime or precision contradict
            the file.
        ValueError: if the file is damaged or does not fit, the preset is unknown or has no bundled weights, or an
            argument is invalid.

    Example:
        >>> predictor = Predictor()
        >>> predictor.predict(np.zeros((75, 100, 3), np.uint8), np.full((75, 100), 128, np.uint8)).shape
        (75, 100)
    """

    def __init__(
        self,
        model_or_path: "keras.Model | runtimes.Network | str | os.PathLike | None" = None,
        preset: str = DEFAULT_PRESET,
        tile: int | str | None = "auto",
        memory_mb: float = 4000,
        runtime: str | None = None,
        device: str | None = None,
        precision: str | None = None,
        tta: bool = False,
        two_scales: bool = True,
    ):
        if tile not in ("auto", None) and not (isinstance(tile, numbers.Integral) and tile >= SMALLEST_SIZE):
            raise ValueError(f'`tile` must be "auto", None or an int from {SMALLEST_SIZE}. Received: tile={tile!r}')
        if not isinstance(memory_mb, (int, float)) or not memory_mb > 0:
            raise ValueError(f"`memory_mb` must be positive. Received: memory_mb={memory_mb!r}")
        if model_or_path is None:
            model_or_path = default_network(runtime, device, precision)
        self.network = runtimes.load(model_or_path, runtime, device, precision, preset)
        if self.network.smallest[0] > 1:
            raise runtimes.NetworkError(
                f"{model_or_path}: takes {self.network.smallest[0]} photos at a time; export it with --batch 1"
            )
        self.tile, self.memory_mb, self.tta, self.two_scales = tile, memory_mb, tta, two_scales

    def predict(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """Predict the alpha of one photo.

        Args:
            image: uint8 or uint16 `[height, width, 3]`, RGB, of any size from 1 x 1. The network sees all 16 bits,
                unless it was exported with uint8 inputs.
            trimap: uint8 `[height, width]`: below 85 background, from 170 foreground, unknown between.

        Returns:
            float32 `[height, width]` in 0..1, exactly 0 and 1 where the trimap is known. If no pixel is unknown, the
            network does not run.

        Raises:
            ValueError: on a wrong type or shape, if photo and trimap differ in size, or if the trimap is a label map.
            FloatingPointError: if the network's output is not finite, as with untrained or damaged weights.
        """
        return self.predict_batch([image], [trimap])[0]

    def predict_batch(self, images: Sequence[np.ndarray], trimaps: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Predict the alpha of several photos; on a GPU, photos or tiles of one size go through the network together.

        A TensorRT engine takes as many at once as its largest shape allows; other networks take one.

        Args:
            images, trimaps: one of each per photo, as in `predict`; sizes may differ.

        Returns:
            The alpha of each photo, as from `predict`.

        Raises:
            ValueError, FloatingPointError: as in `predict`, and if there are not as many trimaps as photos.
        """
        if len(images) != len(trimaps):
            raise ValueError(
                f"There must be one trimap for each photo. Received: {len(images)} photos, {len(trimaps)} trimaps"
            )
        for image, trimap in zip(images, trimaps, strict=True):
            _check(image, trimap)
        if self.tta:
            return [mean_of_symmetries(self._predict_one, *each) for each in zip(images, trimaps, strict=True)]
        return self._predict(images, trimaps)

    def cutout(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """Cut out the foreground of one photo, with alpha as transparency.

        Args:
            image, trimap: as in `predict`.

        Returns:
            `[height, width, 4]` of the image's dtype, RGBA, as from `hop_tf.pictures.foreground.cutout`.

        Raises:
            MissingPackageError: if PyMatting is not installed.
            ValueError, FloatingPointError: as in `predict`.
        """
        foreground.check_installed()
        return foreground.cutout(image, self.predict(image, trimap))

    def composite(self, image: np.ndarray, trimap: np.ndarray, background: np.ndarray | Sequence[int]) -> np.ndarray:
        """Put the foreground of one photo on another background.

        Args:
            image, trimap: as in `predict`.
            background: a colour, three ints in 0..255, or uint8 or uint16 `[any height, any width, 3]`, RGB.

        Returns:
            `[height, width, 3]` of the image's dtype, RGB, as from `hop_tf.pictures.foreground.composite`.

        Raises:
            MissingPackageError, ValueError, FloatingPointError: as in `cutout`, and if `background` is neither.
        """
        foreground.check_installed()
        return foreground.composite(image, self.predict(image, trimap), background)

    def _predict_one(self, image, trimap):
        return self._predict([image], [trimap])[0]

    def _predict(self, images, trimaps):
        if self.two_scales:
            return predict_at_two_scales(self._predict_at_one_scale, images, trimaps)
        return self._predict_at_one_scale(images, trimaps)

    def _predict_at_one_scale(self, images, trimaps):
        unknowns, known_alphas = zip(*map(split_trimap, trimaps), strict=True) if trimaps else ((), ())
        alphas = [np.zeros(trimap.shape, np.float32) for trimap in trimaps]
        plans = {i: plan(unknown, self._tile) for i, unknown in enumerate(unknowns) if unknown.any()}
        parts = [(i, part) for i, parts in plans.items() for part in parts]
        for group in batches(parts, self.network.batch):
            windows = [(i, (part.rows, part.columns)) for i, part in group]
            size = group[0][1].size
            image = network_levels(
                np.stack([_pad(images[i][window], size) for i, window in windows]), self.network.input_dtype
            )
            trimap = np.stack([_pad(trimaps[i][window], size) for i, window in windows])[..., None]
            for (i, part), alpha in zip(group, self.network(image, trimap), strict=True):
                window = alphas[i][part.rows, part.columns]
                weights = part.row_weights[:, None] * part.column_weights
                window += weights * alpha[: window.shape[0], : window.shape[1], 0]
        for alpha, unknown, known_alpha in zip(alphas, unknowns, known_alphas, strict=True):
            if not np.isfinite(alpha[unknown]).all():
                raise FloatingPointError("The network's alpha is not finite: its weights are untrained or damaged")
            np.clip(alpha, 0, 1, out=alpha)
            np.copyto(alpha, known_alpha, where=~unknown)
        return alphas

    def _tile(self, height, width):
        """Return the size of the tiles that a region of this size is cut into."""
        sides = zip(self._affordable(height, width), self.network.smallest[1:], self.network.largest[1:], strict=True)
        return tuple(max(smallest, min(side, largest)) for side, smallest, largest in sides)

    def _affordable(self, height, width):
        if self.tile is None:
            return height, width
        if self.tile != "auto":
            side = int(self.tile) // SIZE_MULTIPLE * SIZE_MULTIPLE
            return min(side, height), min(side, width)
        pixels = max(self.memory_mb * 1e6 - self.network.base_bytes, 0) / self.network.bytes_per_pixel
        if height * width <= pixels:
            return height, width
        side = max(int(pixels**0.5) // SIZE_MULTIPLE * SIZE_MULTIPLE, SMALLEST_TILE)
        return min(side, height), min(side, width)


def _check(image, trimap):
    check_image(image)
    if not isinstance(trimap, np.ndarray) or trimap.dtype != np.uint8 or trimap.ndim != 2:
        raise ValueError(f"`trimap` must be a uint8 array of shape [height, width]. Received: {describe(trimap)}")
    if image.shape[:2] != trimap.shape or image.size == 0:
        raise ValueError(
            "`image` and `trimap` must have the same height and width, at least 1. "
            f"Received: image {image.shape}, trimap {trimap.shape}"
        )
    try:
        check_levels(trimap)
    except ValueError as error:
        raise ValueError(f"`trimap` must not be a label map. Received: {error}") from None


def _pad(array, size):
    """Mirror `[height, width, ...]` at its bottom and right edge up to a size.

    An edge shorter than the padding is mirrored back and forth; a single row or column is repeated.
    """
    padding = [(0, larger - n) for larger, n in zip(size, array.shape, strict=False)]
    return np.pad(array, padding + [(0, 0)] * (array.ndim - 2), mode="reflect")
