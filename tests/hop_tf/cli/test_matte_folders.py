"""`matte` on folders: pairs, what is skipped, bad files, interrupts, and how much is held in memory."""

import errno
import os
import re
import threading

import numpy as np
import pytest
from PIL import Image

from helpers.said import said
from hop_tf.cli import matte_folder
from hop_tf.cli.app import main
from hop_tf.errors import UserError
from hop_tf.inference.predictor import Predictor


def read(path):
    return np.asarray(Image.open(path))


@pytest.fixture
def folder(draw, tmp_path, photo_array, trimap_array):
    """Five photos and their trimaps: the arguments of the command."""
    for name in "abcde":
        draw(f"photos/{name}.png", photo_array)
        draw(f"trimaps/{name}.png", trimap_array)
    return tmp_path / "photos", tmp_path / "trimaps"


@pytest.fixture
def run(weights):
    return lambda *argv: main(["matte", *map(str, argv), "--weights", str(weights)])


@pytest.fixture
def written(tmp_path):
    """A function that names the files in the output folder, hidden ones too, except the record."""
    return lambda: sorted(set(os.listdir(tmp_path / "photos_alpha")) - {matte_folder.RECORD})


def test_folders_are_paired_by_stem(draw, run, tmp_path, photo_array, trimap_array, expected_alpha, capsys):
    draw("photos/a.png", photo_array)
    draw("photos/b.bmp", 255 - photo_array)
    draw("photos/alone.png", photo_array)
    for name in ("trimaps/a.png", "trimaps/b.tif", "trimaps/other.png"):
        draw(name, trimap_array)
    (tmp_path / "photos" / "notes.txt").write_text("not a picture")
    assert run(tmp_path / "photos", tmp_path / "trimaps") == 0
    captured = said(capsys)
    out = tmp_path / "photos_alpha"
    assert sorted(os.listdir(out)) == [".hop-tf.json", "a.png", "b.png"]
    np.testing.assert_array_equal(read(out / "a.png"), expected_alpha)
    np.testing.assert_array_equal(
        read(out / "b.png"), np.where(trimap_array == 128, 255 - photo_array[:, :, 0], trimap_array)
    )
    assert captured.err == "warning: left out, without a partner of the same stem: alone.png, other.png\n"
    assert captured.out == f"wrote 2 pictures to {out}\n"


@pytest.mark.parametrize("trimaps", ["photos", "trimaps"])
def test_trimaps_may_be_named_as_the_command_trimap_names_them(
    draw, run, tmp_path, photo_array, trimap_array, expected_alpha, capsys, trimaps
):
    for name in "ab":
        draw(f"photos/{name}.jpg" if name == "b" else f"photos/{name}.png", photo_array)
        draw(f"{trimaps}/{name}_trimap.png", trimap_array)
    draw("photos/alone.png", photo_array)
    assert run(tmp_path / "photos", tmp_path / trimaps) == 0
    assert said(capsys).err == "warning: left out, without a partner of the same stem: alone.png\n"
    out = tmp_path / "photos_alpha"
    assert sorted(os.listdir(out)) == [".hop-tf.json", "a.png", "b.png"]
    np.testing.assert_array_equal(read(out / "a.png"), expected_alpha)


def test_photos_that_are_named_like_trimaps_keep_their_own(draw, tmp_path):
    photos = [draw(f"photos/{name}.png", 0) for name in ("a", "a_trimap")]
    trimaps = [draw(f"trimaps/{name}.png", 0) for name in ("a", "a_trimap")]
    pairs, warning = matte_folder.plan(tmp_path / "photos", tmp_path / "trimaps", tmp_path, ".png")
    assert [pair[:2] for pair in pairs] == list(zip(photos, trimaps, strict=True)) and warning is None
    photos[1].unlink()
    with pytest.raises(UserError, match=r"a_trimap.png: a.png belongs to the photo a.png too; keep one of the two"):
        matte_folder.plan(tmp_path / "photos", tmp_path / "trimaps", tmp_path, ".png")


def test_folders_may_name_the_output_folder(folder, run, tmp_path, expected_alpha):
    out = tmp_path / "new" / "deep"
    assert run(*folder, "-o", out, "--cutout") == 0
    np.testing.assert_array_equal(read(out / "a.png")[:, :, 3], expected_alpha)


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_any_number_of_jobs_writes_the_same(draw, folder, run, tmp_path, photo_array, trimap_array, jobs):
    for shift, name in enumerate("abcde"):
        draw(f"photos/{name}.png", photo_array + shift)
    assert run(*folder, "--jobs", jobs) == 0
    for shift, name in enumerate("abcde"):
        expected = np.where(trimap_array == 128, (photo_array + np.uint8(shift))[:, :, 0], trimap_array)
        np.testing.assert_array_equal(read(tmp_path / "photos_alpha" / f"{name}.png"), expected)


def test_results_already_there_are_skipped(draw, folder, run, tmp_path, expected_alpha, capsys):
    earlier = draw("photos_alpha/b.png", 7)
    assert run(*folder) == 0
    out = tmp_path / "photos_alpha"
    assert said(capsys).out == (
        f"wrote 4 pictures to {out}; 1 skipped, already there (--overwrite computes them again)\n"
    )
    assert (read(earlier) == 7).all()
    assert run(*folder) == 0
    assert said(capsys).out.startswith(f"wrote 0 pictures to {out}; 5 skipped")
    assert run(*folder, "--overwrite") == 0
    assert said(capsys).out == f"wrote 5 pictures to {out}\n"
    np.testing.assert_array_equal(read(earlier), expected_alpha)


def test_tiff_results_are_continued_and_not_mixed_with_others(folder, run, tmp_path, capsys):
    options = "--format", "tiff", "--bits", "16"
    assert run(*folder, *options) == 0
    out = tmp_path / "photos_alpha"
    assert Image.open(out / "a.tif").mode == "I;16"
    said(capsys)
    assert run(*folder, *options) == 0
    assert "wrote 0 pictures" in said(capsys).out
    assert run(*folder) == 2
    assert "its results were made with --bits 16, --format tif, not with no --bits, no --format" in said(capsys).err


def test_bad_files_are_named_at_the_end_and_do_not_stop_the_others(draw, folder, run, written, tmp_path, capsys):
    photos, trimaps = folder
    (photos / "a.png").write_bytes(b"text")
    (trimaps / "c.png").write_bytes((trimaps / "c.png").read_bytes()[:-40])
    draw("trimaps/d.png", np.full((9, 9), 128))
    assert run(*folder) == 1
    captured = said(capsys)
    assert written() == ["b.png", "e.png"]
    assert captured.out == f"wrote 2 pictures to {tmp_path / 'photos_alpha'}; 3 failed\n"
    lines = captured.err.splitlines()
    assert lines[0].startswith(f"error: {photos / 'a.png'}: not a picture")
    assert lines[1].startswith(f"error: {trimaps / 'c.png'}: damaged or truncated")
    assert lines[2].startswith(f"error: {trimaps / 'd.png'}: is 9 x 9 pixels but")
    assert len(lines) == 3


def test_if_every_file_is_bad_no_empty_folder_stays(folder, run, tmp_path, monkeypatch, capsys):
    def exhaust(predictor, image, trimap):
        raise MemoryError

    monkeypatch.setattr(Predictor, "predict", exhaust)
    assert run(*folder) == 1
    assert said(capsys).err.count("not enough memory for 30 x 20 pixels; use --tile") == 5
    assert not (tmp_path / "photos_alpha").exists()


def test_an_interrupt_leaves_whole_files_and_the_next_run_does_the_rest(
    folder, run, written, tmp_path, expected_alpha, monkeypatch, capsys
):
    predict, calls = Predictor.predict, []

    def interrupt_third(predictor, image, trimap):
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return predict(predictor, image, trimap)

    with monkeypatch.context() as patch:
        patch.setattr(Predictor, "predict", interrupt_third)
        assert run(*folder, "--jobs", "1") == 130
    assert said(capsys).err == "interrupted\n"
    before = written()
    assert set(before) <= {"a.png", "b.png"}
    assert run(*folder) == 0
    assert f"wrote {5 - len(before)} pictures" in said(capsys).out
    assert written() == ["a.png", "b.png", "c.png", "d.png", "e.png"]
    for name in written():
        np.testing.assert_array_equal(read(tmp_path / "photos_alpha" / name), expected_alpha)


def test_a_full_disk_stops_the_run_and_leaves_nothing_half_written(folder, run, tmp_path, monkeypatch, capsys):
    def fill_up(image, path, **options):
        path.write_bytes(b"half a file")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fill_up)
    assert run(*folder) == 2
    assert re.fullmatch(r"error: .*photos_alpha/\w\.png: cannot be written \(No space left.*\n", said(capsys).err)
    assert not (tmp_path / "photos_alpha").exists()


def test_no_more_pictures_are_held_than_jobs_allow():
    held, most, lock = set(), [], threading.Lock()

    def read(photo, trimap):
        with lock:
            held.add(photo)
            most.append(len(held))
        return photo, None, None

    def write(photo_path, target, photo, alpha):
        with lock:
            held.remove(photo)

    pictures = [(n, None, None) for n in range(100)]
    assert matte_folder.run(pictures, read, lambda *_: None, write, threads=3) == []
    assert not held
    assert max(most) <= 3 + 1 + 3  # read ahead, in the network, to be written


def test_the_network_is_used_by_one_thread_while_others_read(folder):
    threads = {"read": set(), "alpha": set(), "write": set()}

    def note(what, result=None):
        threads[what].add(threading.get_ident())
        return result

    matte_folder.run(
        [(n, None, None) for n in range(8)],
        lambda *_: note("read", (None, None, None)),
        lambda *_: note("alpha"),
        lambda *_: note("write"),
        threads=2,
    )
    assert threads["alpha"] == {threading.get_ident()}
    assert not threads["alpha"] & (threads["read"] | threads["write"])
