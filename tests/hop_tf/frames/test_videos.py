"""Videos that are written are read again: count, rate, size, colours and alpha."""

import os
from fractions import Fraction

import numpy as np
import pytest

av = pytest.importorskip("av")

from hop_tf.errors import UserError  # noqa: E402
from hop_tf.frames.library import check_installed  # noqa: E402
from hop_tf.frames.video_reading import VideoSource, foreign_colours  # noqa: E402
from hop_tf.frames.video_writing import CODECS, check_encoder, video_writer  # noqa: E402

RATE = Fraction(30000, 1001)
SIZE = 48, 65
ALPHA = np.linspace(0, 1, SIZE[1]) * np.ones(SIZE)


def pictures(suffix, count=4):
    """Frames of growing brightness under a ramp of alpha, red at the top and blue at the bottom."""
    depth = CODECS[suffix].depth
    colours = np.zeros((*SIZE, 3))
    colours[:24, :, 0] = colours[24:, :, 2] = 0.8
    rgba = [np.dstack([colours * (1 + number) / count, ALPHA]) for number in range(count)]
    return [np.rint(each * np.iinfo(depth).max).astype(depth) for each in rgba]


def write(path, frames, times=()):
    with video_writer(path, RATE) as writer:
        for number, frame in enumerate(frames):
            writer.write(frame, times[number] if times else None)
    return path


def decoded(path):
    """Return the frames with alpha, float `[height, width, 4]` in 0..1; FFmpeg's own VP9 decoder would drop alpha."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        if path.suffix == ".webm":
            context = av.CodecContext.create("libvpx-vp9", "r")
        frames = [frame for packet in container.demux(stream) for frame in context.decode(packet)]
    return [frame.reformat(format="rgba64le", threads=1).to_ndarray() / 65535 for frame in frames]


@pytest.mark.parametrize("suffix, tolerance", [(".mov", 1 / 1000), (".webm", 10 / 255)])
def test_alpha_survives(tmp_path, suffix, tolerance):
    got = decoded(write(tmp_path / f"out{suffix}", pictures(suffix)))
    assert len(got) == 4
    for frame in got:
        np.testing.assert_allclose(frame[..., 3], ALPHA, atol=1.5 * tolerance)


@pytest.mark.parametrize("suffix", CODECS)
def test_count_rate_size_and_colours_survive(tmp_path, suffix):
    written = pictures(suffix)
    source = VideoSource(write(tmp_path / f"out{suffix}", written))
    frames = list(source)
    assert (source.count, len(frames), source.rate) == (4, 4, RATE)
    assert source.stems == ["000001", "000002", "000003", "000004"]
    assert [float(frame.time) for frame in frames] == pytest.approx([n / RATE for n in range(4)], abs=6e-4)
    for frame, expected in zip(frames, written, strict=True):
        assert frame.picture.shape == (*SIZE, 3)
        picture = frame.picture / np.iinfo(frame.picture.dtype).max
        np.testing.assert_allclose(picture[4:20], expected[4:20, :, :3] / np.iinfo(expected.dtype).max, atol=0.03)
    assert frames[0].picture.dtype == CODECS[suffix].depth


def test_the_times_of_frames_are_kept(tmp_path):
    times = [Fraction(0), Fraction(1, 25), Fraction(5, 25), Fraction(6, 25)]
    source = VideoSource(write(tmp_path / "out.mov", pictures(".mov"), times))
    assert [frame.time for frame in source] == times


def test_grey_levels_are_those_that_were_written(tmp_path):
    trimap = np.repeat(np.array([0, 32768, 65535], np.uint16), 32)[None] * np.ones((32, 1), np.uint16)
    (frame,) = VideoSource(write(tmp_path / "trimap.mov", [trimap]), is_grey=True)
    np.testing.assert_allclose(frame.picture, trimap / 257, atol=1.5)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_videos_are_read_upright(tmp_path, degrees):
    path = write(tmp_path / "out.mov", pictures(".mov"))
    upright = next(iter(VideoSource(path))).picture
    one = 1 << 16
    matrix = {90: (0, one, -one, 0), 180: (-one, 0, 0, -one), 270: (0, -one, one, 0)}[degrees]  # clockwise
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 44
    values = np.array([*matrix[:2], 0, *matrix[2:], 0, 0, 0, 1 << 30], ">i4")
    data[place : place + 36] = values.tobytes()
    path.write_bytes(data)
    np.testing.assert_array_equal(next(iter(VideoSource(path))).picture, np.rot90(upright, -degrees // 90))


def test_a_video_that_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "out.mov"
    path.write_bytes(b"old")

    def interrupted():
        yield pictures(".mov")[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(path, interrupted())
    assert os.listdir(tmp_path) == ["out.mov"]
    assert path.read_bytes() == b"old"


def test_a_damaged_frame_is_named(tmp_path):
    path = write(tmp_path / "out.mov", pictures(".mov"))
    data = bytearray(path.read_bytes())
    places = [place for place in range(len(data)) if data[place : place + 4] == b"icpf"]
    data[places[2] : places[2] + 4] = b"none"
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"out.mov: frame 3 cannot be read \(.*\)$"):
        list(VideoSource(path))


def test_a_video_of_fewer_frames_than_it_tells_keeps_those_it_has(tmp_path, caplog):
    source = VideoSource(write(tmp_path / "out.mov", pictures(".mov")))
    source.count += 1
    assert len(list(source)) == 4
    assert "out.mov: ends after frame 4 of 5; the others cannot be decoded" in caplog.text


def test_files_that_are_no_videos_are_refused(tmp_path):
    (tmp_path / "text.mp4").write_text("text")
    with pytest.raises(UserError, match=r"text.mp4: not a video that can be read \(.*\)$"):
        VideoSource(tmp_path / "text.mp4")


@pytest.mark.parametrize(
    "transfer, primaries, name",
    [(16, 9, "HDR, PQ"), (18, 9, "HDR, HLG"), (16, 1, "HDR, PQ"), (14, 9, "BT.2020"), (1, 1, None), (2, 2, None)],
)
def test_colours_of_hdr_and_bt_2020_are_named(transfer, primaries, name):
    assert (foreign_colours(transfer, primaries) or "None").startswith(str(name))


def test_a_video_in_hdr_is_refused_but_its_grey_levels_are_read(tmp_path):
    path = tmp_path / "out.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("prores_ks", rate=24)
        stream.height, stream.width, stream.pix_fmt = 32, 32, "yuv422p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace = 16, 9, 9
        container.mux(stream.encode(av.VideoFrame(32, 32, "yuv422p10le")))
        container.mux(stream.encode(None))
    with pytest.raises(UserError, match=r"out.mov: its colours are HDR, PQ \(smpte2084\); convert .* to BT.709 first$"):
        VideoSource(path)
    assert VideoSource(path, is_grey=True).count == 1


def test_a_missing_encoder_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(CODECS, ".mov", CODECS[".mov"].__class__("none", ("", ""), np.uint16, {}))
    with pytest.raises(UserError, match=r"out.mov: the FFmpeg of PyAV has no encoder none; write .* or .webm"):
        check_encoder(tmp_path / "out.mov")


def test_without_pyav_the_error_names_its_install_command(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "hop-tf\[video\]"'):
        check_installed()
