"""`frames`: what it writes, what it continues, and what it refuses."""

import os

import cv2
import numpy as np
import pytest
from PIL import Image

from helpers.red_channel import red_channel_network
from helpers.said import said
from hop_tf.cli.app import main
from hop_tf.inference.predictor import Predictor
from hop_tf.pictures.trimap import trimap_from_mask

COMMAND = "frames"
SIZE = 64, 64
#: The red channel of each frame, which the network takes for alpha.
RED = [100, 100, 104, 100, 100, 100]
TRIMAP = np.full(SIZE, 128, np.uint8)
TRIMAP[:, :8], TRIMAP[:, 56:] = 0, 255
COUNT = len(RED)


@pytest.fixture
def film(draw, tmp_path):
    """A folder of frames and one of trimaps: the arguments of the command."""
    for number, red in enumerate(RED):
        draw(f"frames/{number + 8}.png", np.full((*SIZE, 3), (red, 60, 60)))  # 8, 9, 10: not in the order of letters
        draw(f"trimaps/{number + 8}.png", TRIMAP)
    return tmp_path / "frames", tmp_path / "trimaps"


@pytest.fixture(scope="module")
def predictor():
    return Predictor(red_channel_network())


@pytest.fixture
def run(predictor, monkeypatch):
    """A function that runs the command with a network that is loaded once."""
    monkeypatch.setattr("hop_tf.cli.frames.load_predictor", lambda args: predictor)
    return lambda *argv: main(["frames", *map(str, argv)])


def written(folder, suffix=".png"):
    return {path.name: cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in folder.glob(f"*{suffix}")}


def middle(picture):
    return np.unique(picture[:, 8:56]).tolist()


def test_writes_a_picture_for_each_frame_without_flicker(film, run, tmp_path, capsys):
    assert run(*film, "-o", tmp_path / "out") == 0
    got = written(tmp_path / "out")
    assert sorted(got) == ["10.png", "11.png", "12.png", "13.png", "8.png", "9.png"]
    for alpha in got.values():
        assert middle(alpha) == [100]
        assert not alpha[:, :8].any() and (alpha[:, 56:] == 255).all()
    assert said(capsys).out == f"wrote 6 frames to {tmp_path / 'out'}\n"


def test_without_a_median_each_frame_keeps_its_alpha(film, run, tmp_path):
    assert run(*film, "-o", tmp_path / "out", "--still", 0) == 0
    got = written(tmp_path / "out")
    assert [middle(got[f"{number + 8}.png"]) for number in range(COUNT)] == [[red] for red in RED]


def test_a_run_that_was_stopped_is_continued(film, run, tmp_path, capsys, monkeypatch):
    out, predict, calls = tmp_path / "out", Predictor.predict, []

    def interrupt_fifth(predictor, image, trimap):
        calls.append(None)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return predict(predictor, image, trimap)

    with monkeypatch.context() as patch:
        patch.setattr(Predictor, "predict", interrupt_fifth)
        assert run(*film, "-o", out) == 130
    assert sorted(written(out)) == ["10.png", "8.png", "9.png"]
    said(capsys)
    assert run(*film, "-o", out) == 0
    assert said(capsys).out.startswith(f"wrote 3 frames to {out}; 3 skipped, already there")
    assert {tuple(middle(alpha)) for alpha in written(out).values()} == {(100,)}
    assert run(*film, "-o", out) == 0
    assert said(capsys).out.startswith("wrote 0 frames")
    assert run(*film, "-o", out, "--still", 3) == 2
    assert "its results were made with --still 6, not with --still 3" in said(capsys).err


@pytest.mark.parametrize("still, stale", [(6, "10.png"), (0, "11.png")])
def test_a_frame_is_stale_if_its_own_files_or_those_of_a_neighbour_were_rewritten(
    film, run, draw, tmp_path, capsys, still, stale
):
    out = tmp_path / "out"
    arguments = [*film, "-o", out, "--still", still]
    assert run(*arguments) == 0
    (film[0] / ".hidden").touch()
    said(capsys)
    assert run(*arguments) == 0
    assert said(capsys).out.startswith("wrote 0 frames")
    draw("trimaps/11.png", np.roll(TRIMAP, 8, axis=1))
    assert run(*arguments) == 2
    assert f"{out / stale}: was made from another version of {film[1] / '11.png'};" in said(capsys).err


def test_one_trimap_stands_for_every_frame_and_masks_take_the_width_of_the_first(film, run, tmp_path, draw):
    mask = np.where(np.arange(64) < 32, 0, 255) * np.ones((64, 1))
    first = draw("first.png", trimap_from_mask(mask.astype(np.uint8), 9))
    assert run(film[0], film[1] / "8.png", "-o", tmp_path / "one") == 0
    assert run(film[0], first, "--trimap-from", draw("mask.png", mask), "-o", tmp_path / "masks") == 0
    assert run(film[0], "--trimap-from", tmp_path / "mask.png", "--width", 9, "-o", tmp_path / "width") == 0
    assert middle(written(tmp_path / "one")["9.png"]) == [100]
    for number in range(COUNT):
        alpha, same = (written(tmp_path / folder)[f"{number + 8}.png"] for folder in ("masks", "width"))
        np.testing.assert_array_equal(alpha, same)
        assert (alpha[0] == 100).sum() == 18


@pytest.mark.parametrize("size", [(64, 64), (32, 32), (128, 128)], ids=str)
def test_masks_of_any_two_colours_and_any_size_are_read_as_by_matte(film, run, draw, tmp_path, capsys, size):
    inside = np.arange(size[1]) < size[1] // 2
    for number in range(COUNT):
        draw(f"masks/{number + 8}.png", np.where(inside[:, None], (20, 90, 30), (200, 40, 160)) * np.ones((*size, 1)))
    assert run(film[0], "--trimap-from", tmp_path / "masks", "--width", 9, "-o", tmp_path / "out") == 0
    for alpha in written(tmp_path / "out").values():
        assert not alpha[:, :22].any() and (alpha[:, 42:] == 255).all() and (alpha[:, 24:40] == 100).all()
    draw("masks/9.png", np.zeros((64, 32)))
    said(capsys)
    assert run(film[0], "--trimap-from", tmp_path / "masks", "-o", tmp_path / "other") == 2
    assert "masks/9.png: is 32 x 64 pixels but the photo is 64 x 64; expected the same size" in said(capsys).err


def test_videos_of_frames_and_trimaps_become_a_video_with_alpha(film, run, tmp_path, capsys):
    av = pytest.importorskip("av")
    frames, trimaps, out = tmp_path / "clip.mov", tmp_path / "trimaps.mov", tmp_path / "out.mov"
    rgb = [np.full((*SIZE, 3), (red, 60, 60), np.uint8) for red in RED]
    for path, pictures in ((frames, rgb), (trimaps, [np.dstack([TRIMAP] * 3)] * COUNT)):
        with av.open(str(path), "w") as container:
            stream = container.add_stream("prores_ks", rate=24, options={"profile": "4444"})
            stream.height, stream.width, stream.pix_fmt = *SIZE, "yuv444p10le"
            for picture in pictures:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode(None))
    assert run(frames, trimaps, "--cutout", "-o", out) == 0
    assert said(capsys).out == f"wrote 6 frames to {out}, 24 per second\n"
    assert {path.name for path in tmp_path.glob("*.mov")} == {"clip.mov", "trimaps.mov", "out.mov"}
    with av.open(str(out)) as container:
        assert container.streams.video[0].average_rate == 24
        got = [frame.to_ndarray(format="rgba64le") / 257 for frame in container.decode(video=0)]
    assert len(got) == COUNT
    for rgba in got:
        np.testing.assert_allclose(rgba[:, 8:56, 3], 100, atol=1.5)
        np.testing.assert_allclose(rgba[:, 56:, 3], 255, atol=1.5)
    assert run(frames, trimaps, "-o", tmp_path / "alpha", "--bits", 16) == 0
    assert sorted(written(tmp_path / "alpha")) == [f"{number:06d}.png" for number in range(1, COUNT + 1)]


def test_sources_that_do_not_match_are_refused(film, draw, tmp_path, fails_with):
    frames, trimaps = film
    options = ["-o", tmp_path / "out"]
    fails_with([frames, "-o", tmp_path / "out"], "the following arguments are required: TRIMAPS")
    fails_with([frames / "8.png", trimaps, *options], "8.png: is a picture; expected a folder of frames or a video")
    fails_with([frames, tmp_path / "none.mp4", *options], "none.mp4: no such file; expected a folder of frames")
    fails_with([frames, trimaps, "--rate", 30, *options], "--rate belongs to videos")
    fails_with([frames, trimaps, "--width", 3, *options], "--width belongs to --trimap-from")
    fails_with([frames, trimaps, "-o", tmp_path / "out.avi"], "out.avi: unknown kind of video; expected .mov or .webm")
    fails_with([frames, trimaps, "-o", frames], "is an input folder")
    os.remove(trimaps / "9.png")
    fails_with([frames, trimaps, *options], f"{trimaps}: has 5 frames but {frames} has 6; expected the same number")


@pytest.mark.parametrize(
    "name, picture, message",
    [
        ("trimaps/11.png", np.full((9, 9), 128), "11.png: is 9 x 9 pixels but"),
        ("frames/11.png", np.zeros((9, 9, 3)), "11.png: is 9 x 9 pixels but"),
        (
            "trimaps/11.png",
            np.where(TRIMAP == 255, 255, 0),
            "11.png: a mask of 0 and 255, in which no pixel is unknown",
        ),
        ("frames/11.png", None, "11.png: not a picture that can be read"),
    ],
    ids=["trimap", "frame", "mask", "text"],
)
@pytest.mark.parametrize("out", ["out", "out.mov"])
def test_a_frame_that_cannot_be_used_is_named_and_half_a_video_does_not_stay(
    film, run, draw, tmp_path, capsys, name, picture, message, out
):
    if out == "out.mov":
        pytest.importorskip("av")
    if picture is None:
        (tmp_path / name).write_text("text")
    else:
        draw(name, picture)
    assert run(*film, "-o", tmp_path / out) == 2
    error = said(capsys).err
    assert message in error and error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".", "out"))) == (
        ["out"] if out == "out" else []
    )
    if out == "out":
        assert {path.name for path in (tmp_path / out).glob("*.png")} == {"8.png", "9.png"}


def test_frames_become_16_bit_tiff_files(film, run, tmp_path):
    assert run(*film, "-o", tmp_path / "out", "--bits", 16, "--format", "tiff") == 0
    assert {picture.dtype for picture in written(tmp_path / "out", ".tif").values()} == {np.dtype(np.uint16)}
    assert Image.open(tmp_path / "out/8.tif").mode == "I;16"
