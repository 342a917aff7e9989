"""Videos with or without alpha, written by PyAV."""

import contextlib
import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from hop_tf.errors import UserError, first_line
from hop_tf.frames.library import pyav
from hop_tf.pictures.atomic_write import atomic_write

_BT_709, _LIMITED, _FULL = 1, 1, 2  # of ITU-T H.273; the ranges are FFmpeg's MPEG and JPEG
_CLOCK = Fraction(1, 90000)  # seconds; the clock of MPEG, a multiple of all usual frame rates


@dataclasses.dataclass(frozen=True)
class Codec:
    """How videos of one suffix are encoded.

    Attributes:
        encoder: FFmpeg's name.
        formats: pixel formats without and with alpha.
        depth: dtype of the pictures that it takes.
        options: FFmpeg's options of the encoder.
    """

    encoder: str
    formats: tuple[str, str]
    depth: Any
    options: dict[str, str]


#: By the suffix of the file: ProRes 4444 and VP9.
CODECS = {
    ".mov": Codec(
        "prores_ks",
        ("yuv444p10le", "yuva444p10le"),
        np.uint16,
        {"profile": "4444", "vendor": "apl0", "alpha_bits": "16"},
    ),
    ".webm": Codec(
        "libvpx-vp9", ("yuv420p", "yuva420p"), np.uint8, {"crf": "18", "b": "0", "auto-alt-ref": "0", "row-mt": "1"}
    ),
}
_LAYOUTS = {(np.uint8, 3): "rgb24", (np.uint8, 4): "rgba", (np.uint16, 3): "rgb48le", (np.uint16, 4): "rgba64le"}


def check_encoder(path: Path) -> None:
    """Check that PyAV is installed with the encoder that a video needs.

    Raises:
        UserError: if its FFmpeg lacks the encoder.
        MissingPackageError: if PyAV is not installed.
    """
    av, codec = pyav(), CODECS[path.suffix.lower()]
    try:
        av.codec.Codec(codec.encoder, "w")
    except av.codec.codec.UnknownCodecError as error:
        others = ", ".join(suffix for suffix in CODECS if suffix != path.suffix.lower())
        raise UserError(
            f"{path}: the FFmpeg of PyAV has no encoder {codec.encoder}; write a folder of frames, or {others}"
        ) from error


class VideoWriter:
    """A video that frames are added to.

    Args:
        container: an open `av` container.
        codec: how to encode.
        rate: frames per second.
    """

    def __init__(self, container: Any, codec: Codec, rate: Fraction):
        self._container, self._codec, self._rate, self._count = container, codec, rate, 0
        self._stream: Any = None

    def write(self, picture: np.ndarray, time: Fraction | None = None) -> None:
        """Add a frame.

        Args:
            picture: uint8 or uint16, as `codec.depth` says: grey `[height, width]`, RGB `[height, width, 3]` or RGBA
                `[height, width, 4]` with colours that are not multiplied by alpha.
            time: seconds from the first frame; `None` goes by the rate.
        """
        av = pyav()
        if picture.ndim == 2:
            picture = np.repeat(picture[:, :, None], 3, axis=2)
        if self._stream is None:
            self._stream = self._open(picture)
        layout = _LAYOUTS[picture.dtype.type, picture.shape[2]]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format=layout).reformat(
            format=self._stream.pix_fmt,
            dst_colorspace=_BT_709,
            src_color_range=_FULL,
            dst_color_range=_LIMITED,
            threads=1,  # several overwrite the beginning of each other's rows if the width is odd
        )
        frame.pts = round((self._count / self._rate if time is None else time) / _CLOCK)
        frame.time_base = _CLOCK
        frame.duration = round(1 / self._rate / _CLOCK)
        self._count += 1
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write the frames that the encoder still holds."""
        if self._stream is not None:
            self._container.mux(self._stream.encode(None))

    def _open(self, picture):
        has_alpha = picture.shape[2] == 4
        stream = self._container.add_stream(self._codec.encoder, rate=self._rate, options=dict(self._codec.options))
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = self._codec.formats[has_alpha]
        context = stream.codec_context
        context.time_base = _CLOCK
        context.color_range, context.colorspace = _LIMITED, _BT_709
        context.color_primaries = context.color_trc = _BT_709
        if has_alpha:
            stream.metadata["alpha_mode"] = "1"  # for WebM
        return stream


@contextlib.contextmanager
def video_writer(path: Path, rate: Fraction) -> Iterator[VideoWriter]:
    """Open a video for writing. It appears whole at the end, or not at all if the block fails.

    Args:
        path: the file, with a suffix in `CODECS`.
        rate: frames per second.

    Raises:
        WriteError: if the file cannot be written.
        UserError: if the encoder fails.
    """
    av = pyav()
    with atomic_write(path) as temporary:
        try:
            with av.open(str(temporary), "w") as container:
                writer = VideoWriter(container, CODECS[path.suffix.lower()], rate)
                yield writer
                writer.finish()
        except av.FFmpegError as error:
            if isinstance(error, OSError) and not isinstance(error, ValueError):
                raise OSError(error.errno, first_line(error.strerror)) from error
            raise UserError(f"{path}: cannot be encoded ({first_line(error.strerror or error)})") from error
