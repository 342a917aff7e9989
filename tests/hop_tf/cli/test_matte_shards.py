"""`matte --shard` on folders: the parts of a job array together do what one run does."""

import os

import numpy as np
import pytest
from PIL import Image

from helpers.said import said
from hop_tf.cli.app import main
from hop_tf.cli.shard import Shard

COMMAND = "matte"
NAMES = "abcdefgh"


@pytest.fixture
def folder(draw, tmp_path, photo_array, trimap_array, weights):
    """The arguments of a run on eight photos, into the folder `out`."""
    for name in NAMES:
        draw(f"photos/{name}.png", photo_array)
        draw(f"trimaps/{name}.png", trimap_array)
    return [tmp_path / "photos", tmp_path / "trimaps", "-o", tmp_path / "out", "--weights", weights]


@pytest.fixture
def results(tmp_path):
    return lambda: {path.stem for path in (tmp_path / "out").glob("*.png")}


def run(argv, *options):
    return main([COMMAND, *map(str, argv), *options])


def test_every_photo_is_in_exactly_one_shard(folder, results, tmp_path, expected_alpha, capsys):
    seen = []
    for shard in ("1/3", "2/3", "3/3"):
        before = results()
        assert run(folder, "--shard", shard) == 0
        seen.append(results() - before)
        n = len(seen[-1])
        picture = "picture" if n == 1 else "pictures"
        assert said(capsys).out == f"wrote {n} {picture} to {tmp_path / 'out'} (shard {shard})\n"
    assert sorted(name for part in seen for name in part) == list(NAMES)
    for name in NAMES:
        np.testing.assert_array_equal(Image.open(tmp_path / f"out/{name}.png"), expected_alpha)
    assert run(folder) == 0
    assert "wrote 0 pictures" in said(capsys).out


def test_shards_are_about_equally_large_and_stay_when_photos_are_added():
    stems = [f"IMG_{n:05}" for n in range(1600)]
    parts = [[stem for stem in stems if Shard(index, 16).holds(stem)] for index in range(1, 17)]
    assert sum(map(len, parts)) == len(stems)
    assert all(60 <= len(part) <= 140 for part in parts)  # 100 on average, standard deviation 10
    assert [index for index in range(1, 9) if Shard(index, 8).holds("macaws")] == [3]  # in every version and process


def test_a_shard_that_was_stopped_continues(folder, results, tmp_path, capsys):
    assert run(folder, "--shard", "1/2") == 0
    first = results()
    (tmp_path / f"out/{min(first)}.png").unlink()
    said(capsys)
    assert run(folder, "--shard", "1/2") == 0
    assert f"wrote 1 picture to {tmp_path / 'out'} (shard 1/2); {len(first) - 1} skipped" in said(capsys).out


def test_a_shard_of_other_settings_is_refused_before_it_mixes_its_results(folder, fails_with, capsys):
    assert run(folder, "--shard", "1/2") == 0
    fails_with([*folder, "--shard", "2/2", "--tta"], "--tta off, not with --tta on; --overwrite computes them again")
    fails_with([*folder, "--tta"], "--tta off, not with --tta on")
    for shard in ("1/2", "2/2"):
        assert run(folder, "--shard", shard, "--tta", "--overwrite") == 0
    assert run(folder, "--shard", "3/4", "--tta") == 0
    assert "wrote 0 pictures" in said(capsys).out.splitlines()[-1]
    fails_with([*folder, "--shard", "1/2"], "--tta on, not with --tta off")


def test_the_newest_record_of_a_picture_counts(folder, draw, tmp_path, photo_array, fails_with, capsys):
    assert run(folder) == 0
    for name in NAMES:
        os.utime(draw(f"photos/{name}.png", 255 - photo_array), ns=(0, 10**18))
    fails_with([*folder, "--shard", "1/2"], "was made from another version of ")
    assert run(folder, "--shard", "1/2", "--overwrite") == 0
    assert run(folder, "--shard", "1/2") == 0
    fails_with([*folder, "--shard", "2/2"], "was made from another version of ")
    assert run(folder, "--shard", "2/2", "--overwrite") == 0
    assert run(folder) == 0
    assert "8 skipped" in said(capsys).out


def test_a_shard_without_photos_is_no_error(folder, draw, tmp_path, photo_array, trimap_array, capsys):
    empty = next(index for index in range(1, 100) if not any(Shard(index, 99).holds(name) for name in NAMES))
    assert run(folder, "--shard", f"{empty}/99") == 0
    assert said(capsys).out == f"wrote 0 pictures to {tmp_path / 'out'} (shard {empty}/99)\n"


@pytest.mark.parametrize("text", ["0/4", "5/4", "3", "1/0", "-1/4", "a/b", "1/4/2", ""])
def test_a_wrong_shard_is_one_line(folder, fails_with, text):
    fails_with([*folder, f"--shard={text}"], "argument --shard: expected I/N, from 1/N to N/N, such as 3/8, not")


def test_a_single_photo_has_no_shards(pair, fails_with):
    fails_with([*pair, "--shard", "1/2"], "--shard: ", "cat.png is not a folder; expected a folder of photos")
