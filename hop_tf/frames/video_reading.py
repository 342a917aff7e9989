"""Frames of a video, read by PyAV."""

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from hop_tf.errors import UserError, first_line
from hop_tf.frames.library import pyav
from hop_tf.frames.reading import Frame

_KNOWN_COLOUR_SPACES = {1, 4, 5, 6, 7, 9}  # of ITU-T H.273, table 4, which FFmpeg's scaler numbers alike
_BT_709, _BT_601 = 1, 5
_LOG = logging.getLogger(__name__)
_FOREIGN_TRANSFERS = {16: "PQ (smpte2084)", 18: "HLG (arib-std-b67)"}  # of ITU-T H.273, table 3
_BT_2020 = 9  # of its table 2
_HD = 720  # rows from which a video that does not name its colour space is taken to be BT.709


class VideoSource:
    """The frames of a video's first picture stream, turned upright.

    Args:
        path: file in any format that PyAV's FFmpeg reads.
        is_grey: whether to return grey levels instead of colours.

    Raises:
        UserError: if the file cannot be read, has no pictures, or has colours of HDR or BT.2020.
        MissingPackageError: if PyAV is not installed.
    """

    def __init__(self, path: Path, is_grey: bool = False):
        self.path, self._is_grey = path, is_grey
        av = pyav()
        try:
            with av.open(str(path)) as container:
                if not container.streams.video:
                    raise UserError(f"{path}: has no pictures; expected a video")
                stream = container.streams.video[0]
                context = stream.codec_context
                foreign = foreign_colours(context.color_trc, context.color_primaries)
                if foreign and not is_grey:
                    raise UserError(f"{path}: its colours are {foreign}; convert the video to BT.709 first")
                self.rate: Fraction | None = stream.average_rate or stream.guessed_rate
                self.count = sum(bool(packet.size) and not packet.is_discard for packet in container.demux(stream))
        except av.FFmpegError as error:
            raise UserError(f"{path}: not a video that can be read ({_reason(error)})") from error
        if not self.count:
            raise UserError(f"{path}: has no frames; expected a video")

    @property
    def stems(self) -> list[str]:
        """The numbers of the frames, from 000001 on."""
        return [f"{number:06d}" for number in range(1, self.count + 1)]

    def file(self, number: int) -> Path:
        """Return the video."""
        return self.path

    def __iter__(self) -> Iterator[Frame]:
        av, number, start = pyav(), 0, None
        try:
            with av.open(str(self.path)) as container:
                stream = container.streams.video[0]
                stream.thread_type = "AUTO"
                for number, frame in enumerate(container.decode(stream), 1):
                    if frame.is_corrupt:
                        raise UserError(f"{self.path}: frame {number} is damaged; copy or save the video again")
                    time = None if frame.pts is None else frame.pts * frame.time_base
                    start = time if start is None else start
                    since_start = None if time is None or start is None else time - start
                    yield Frame(f"{self.path}, frame {number}", self._picture(frame), since_start)
        except av.FFmpegError as error:
            raise UserError(f"{self.path}: frame {number + 1} cannot be read ({_reason(error)})") from error
        if number > self.count or not number:
            raise UserError(f"{self.path}: has {number} frames, not {self.count}; copy or save the video again")
        if number < self.count:
            _LOG.warning("%s: ends after frame %d of %d; the others cannot be decoded", self.path, number, self.count)

    def _picture(self, frame):
        is_deep = max(part.bits for part in frame.format.components) > 8 and not self._is_grey
        space = frame.colorspace if frame.colorspace in _KNOWN_COLOUR_SPACES else None
        rgb = frame.reformat(
            format="rgb48le" if is_deep else "rgb24",
            threads=1,  # as in `hop_tf.frames.video_writing`
            src_colorspace=space or (_BT_709 if frame.height >= _HD else _BT_601),
        ).to_ndarray()
        upright = np.ascontiguousarray(np.rot90(rgb, round(frame.rotation / 90)))
        return cv2.cvtColor(upright, cv2.COLOR_RGB2GRAY) if self._is_grey else upright


def foreign_colours(transfer: int | None, primaries: int | None) -> str | None:
    """Return the name of colours that are not those of BT.709 and its kin, or `None`.

    Args:
        transfer: the transfer characteristics, numbered as in ITU-T H.273, table 3.
        primaries: the colour primaries, numbered as in its table 2.
    """
    if transfer in _FOREIGN_TRANSFERS:
        return f"HDR, {_FOREIGN_TRANSFERS[transfer]}"
    return "BT.2020" if primaries == _BT_2020 else None


def _reason(error):
    return first_line(error.strerror or error)
