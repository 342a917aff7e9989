import json

import numpy as np
import pytest

from experiments.command_line import main
from experiments.interpolation import WAYS, there_and_back
from helpers.red_channel import red_channel_network


@pytest.fixture(scope="module")
def red_channel(tmp_path_factory):
    """Path of a network whose alpha is the red channel."""
    path = tmp_path_factory.mktemp("network") / "red.keras"
    red_channel_network().save(path)
    return path


@pytest.mark.parametrize("way", WAYS)
def test_a_photo_keeps_its_size_and_its_flat_parts(way):
    photo = np.full((7, 10, 3), 90, np.uint8)
    photo[:, 5:] = 200
    result = there_and_back(photo, way)
    assert result.shape == photo.shape
    assert (result[:, :2] == 90).all() and (result[:, -2:] == 200).all()


def test_nearest_invents_no_colour_and_the_others_blur():
    photo = np.random.default_rng(0).integers(0, 2, (30, 30, 3), np.uint8) * 255
    assert set(np.unique(there_and_back(photo, "nearest"))) == {0, 255}
    losses = {way: np.abs(there_and_back(photo, way) - photo.astype(float)).mean() for way in ("bilinear", "cubic")}
    assert losses["bilinear"] > losses["cubic"] > 0


def test_the_table_scores_each_interpolation_and_the_photo_as_it_is(alphamatting, red_channel, tmp_path, capsys):
    table = tmp_path / "table_1.md"
    assert main(["interpolation", str(alphamatting), "--weights", str(red_channel), "-o", str(table)]) == 0
    printed = capsys.readouterr().out
    assert "| interpolation | SAD | MSE x 10^-3 | Grad | Conn |" in printed
    assert "| none | 0.00 | 0.0 | 0.00 | 0.00 |" in printed
    assert table.read_text() in printed
    rows = json.loads(table.with_suffix(".json").read_text())["rows"]
    assert list(rows) == ["none", *WAYS]
    sad = [rows[way]["mean"]["SAD"] for way in ("nearest", "bilinear", "cubic", "none")]
    assert sad == sorted(sad, reverse=True) and sad[2] > 0.01
    assert rows["cubic"]["mean"]["SAD"] == pytest.approx(
        np.mean([rows["cubic"]["pictures"][name]["SAD"] for name in ("GT01", "GT02")])
    )


@pytest.mark.parametrize(
    "argv, message",
    [
        (["interpolation", "nowhere"], "nowhere: no such folder"),
        (["interpolation", "tests"], "tests: no folder trimap in it"),
        (["ablation", "--rows", "hop_7x7"], "unknown preset 'hop_7x7'"),
        (["ablation", "--table", "5", "--config", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["ablation", "--table", "5", "--steps", "50"], "optimizer.warmup_steps must be less than training.steps, 50"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(argv, message, capsys):
    assert main(argv) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert message in printed.err
