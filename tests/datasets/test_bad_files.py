"""Bad files during training."""

import logging

import cv2
import numpy as np
import pytest

from hop_tf.datasets.loader import MattingDataset
from hop_tf.errors import UserError


@pytest.fixture
def make(tmp_path, draw_pairs):
    folder = draw_pairs(tmp_path / "set", 12)

    def build(broken=1, **options):
        for index in range(broken):
            (folder / "alpha" / f"object_{index}.png").write_bytes(b"no image")
        return MattingDataset(folder, crop_size=48, batch_size=4, steps_per_epoch=8, recipe="paper", **options)

    return build


def test_bad_files_are_skipped_counted_and_logged(make, caplog):
    dataset = make()
    with caplog.at_level(logging.WARNING, "hop_tf.datasets"):
        batches = [dataset[step] for step in range(8)]
    assert all(inputs["image"].shape == (4, 48, 48, 3) for inputs, *_ in batches)
    assert dataset.skipped >= 2
    assert [path.rpartition("/")[2] for path in dataset.samples.skips.files] == ["object_0.png"]
    assert [record.message.count("object_0.png") for record in caplog.records] == [1]


def test_the_replacement_of_a_bad_file_is_the_same_in_every_run(make):
    first, second = make(), make()
    for step in range(8):
        assert np.array_equal(first[step][0]["image"], second[step][0]["image"])
    assert first.skipped == second.skipped > 0


def test_more_than_a_tenth_of_bad_files_is_an_error_that_names_them(make):
    dataset = make(broken=4)
    with pytest.raises(UserError, match=r"3 of 24 files are bad: .*object_\d\.png"):
        list(dataset)


def test_errors_other_than_bad_files_are_not_hidden(tmp_path):
    cv2.imwrite(str(tmp_path / "empty.png"), np.zeros((20, 20, 4), np.uint8))
    with pytest.raises(UserError, match="unknown"):
        MattingDataset(tmp_path, crop_size=32, recipe="paper").sample(0)
