import argparse
import csv
import re
from xml.etree import ElementTree

import cv2
import keras
import numpy as np
import pytest

from experiments import fine_tuning
from experiments.command_line import main
from experiments.fine_tuning_figure import INK, draw_figure
from experiments.fine_tuning_settings import SETTINGS
from helpers.goldens import ROOT
from hop_tf import HOPMatting
from hop_tf.errors import UserError
from hop_tf.inference.predictor import Predictor
from hop_tf.models.frozen_layers import frozen_layers

#: {name in the table of docs/fine_tuning.md: setting}
ROWS_OF_THE_PAGE = {
    "bundled weights": "before",
    "5 cut-outs": "5",
    "20 cut-outs": "20",
    "80 cut-outs": "80",
    "5 cut-outs, 360 steps": "5_long",
    "80 cut-outs, 360 steps": "80_long",
    "80, cut out by masks": "masks",
    "80, another seed": "seed_1",
    "80, no drawn foregrounds": "no_drawn",
    "80, encoders frozen": "frozen_encoders",
    "80, BatchNorm trained": "batch_norm",
    "80, rate 1e-4": "rate_1e-4",
    "no cut-outs, only drawn foregrounds": "drawn",
}


def small_network():
    keras.utils.set_random_seed(0)
    return HOPMatting(width=0.25, window_size=3, global_hop=False, local_hops=1)


@pytest.fixture
def tune(tmp_path, monkeypatch):
    """A function that runs the command with a small network and few, small pictures; returns the rows of the file."""
    tf = pytest.importorskip("tensorflow")
    small = dict(CROP=64, BATCH=1, COMPOSITES=1, COMPOSITE_SIDE=64, TEST_CUTOUTS=2)
    for name, value in small.items():
        monkeypatch.setattr(fine_tuning, name, value)
    monkeypatch.setattr(HOPMatting, "from_preset", lambda name: small_network())
    monkeypatch.setattr(fine_tuning, "Predictor", lambda model=None: Predictor(model or small_network()))
    (tmp_path / "photos").mkdir()
    rng = np.random.default_rng(0)
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"photos/{number}.png"), rng.integers(0, 256, (80, 80, 3), np.uint8))
    output = tmp_path / "runs/fine_tuning.csv"
    command = ["fine-tuning", "--backgrounds", str(tmp_path / "photos"), "--steps", "2"]

    def run(*options):
        assert main([*command, "-o", str(output), *options]) == 0
        return list(csv.DictReader(output.open()))

    tf.config.run_functions_eagerly(True)  # no graph is worth tracing for two steps
    yield run
    tf.config.run_functions_eagerly(False)


def test_settings_are_scored_before_and_after_and_finished_ones_are_kept(tune, alphamatting, tmp_path):
    rows = tune("--settings", "drawn", "--test-set", str(alphamatting))
    assert [(row["setting"], row["steps"], bool(row["loss"])) for row in rows] == [
        ("before", "0", False),
        ("drawn", "2", True),
    ]
    before, after = rows
    assert before["ratio"] == "1"
    assert float(after["ratio"]) == pytest.approx(float(after["SAD"]) / float(before["SAD"]), rel=1e-3)
    assert after["ratio"] != "1" and after["test_set_SAD"] != before["test_set_SAD"]
    assert tune("--settings", "drawn") == rows
    with pytest.raises(UserError, match="setting drawn has 2 steps, expected 3; use the same --steps, or another -o"):
        fine_tuning.run(argparse.Namespace(output=tmp_path / "runs/fine_tuning.csv", test_set=None, steps=3))
    figure = (tmp_path / "runs/fine_tuning.svg").read_text()
    assert "drawn foregrounds only" in figure and "other photos" in figure
    assert "80 cut-outs" not in figure and " steps<" not in figure


def test_the_figure_has_a_line_for_each_length_over_the_number_of_cutouts(tmp_path):
    before = {"setting": "before", "steps": "0", "ratio": "1", "ratio_error": "0", "test_set_SAD": "5"}
    names = ["5", "20", "80", "5_long", "80_long", "masks"]
    steps = {name: str(SETTINGS[name].length * 120) for name in names}
    steps["20"] = "240"
    rows = [before, *({**before, "setting": name, "steps": steps[name], "ratio": "0.8"} for name in names)]
    draw_figure(rows, tmp_path / "figure.svg")
    figure = (tmp_path / "figure.svg").read_text()
    assert [figure.count(f">{count} steps<") for count in (120, 240, 360)] == [1, 1, 1]
    assert ">cut out by masks<" in figure and "currentColor" in figure and INK not in figure
    assert ElementTree.fromstring(figure).tag.endswith("svg")


def test_the_page_has_the_numbers_of_the_csv_file():
    page = (ROOT / "docs/fine_tuning.md").read_text()
    table = re.findall(r"^\| (.+) \| (\S+) \| (\S+) \| (\S+) \| (\S+) ± (\S+) \| (\S+) \|$", page, re.MULTILINE)
    digits = {"SAD": 2, "MSE": 4, "Grad": 2, "ratio": 2, "ratio_error": 2, "test_set_SAD": 2}
    with (ROOT / "experiments/results/fine_tuning.csv").open() as file:
        rows = {row["setting"]: row for row in csv.DictReader(file)}
    printed = {
        setting: tuple(f"{float(row[column]):.{n}f}" for column, n in digits.items()) for setting, row in rows.items()
    }
    assert len(table) == len(printed)
    assert {ROWS_OF_THE_PAGE[label]: tuple(numbers) for label, *numbers in table} == printed
    assert printed.keys() == {fine_tuning.BEFORE, *SETTINGS}


def test_objects_and_photos_of_the_test_are_in_no_training(tune, tmp_path):
    tuning = fine_tuning.FineTuning(tmp_path / "photos", tmp_path / "cutouts", None, 2)
    names = [{path.name for path in tuning.photos(held_out).paths} for held_out in (True, False)]
    assert names[0] == {"0.png"} and names[1] == {"1.png", "2.png", "3.png"}
    trained = {path.name for path in tuning.cutouts(fine_tuning.Setting(cutouts=3)).iterdir()}
    assert len(trained) == 3
    assert trained.isdisjoint(path.name for path in (tmp_path / "cutouts/test").iterdir())


def test_a_setting_freezes_batch_norm_everywhere_or_the_encoders_or_nothing():
    model = small_network()
    fine_tuning.freeze(model, "")
    assert frozen_layers(model) == []
    fine_tuning.freeze(model, "batch_norm")
    norms = set(frozen_layers(model))
    assert {"encoder_stem_bn1", "decoder_final_bn", "local_hop1/output_norm"} <= norms
    assert all("bn" in name or "norm" in name for name in norms)
    fine_tuning.freeze(model, "encoders")
    encoders = set(frozen_layers(model)) - norms
    assert {"encoder_stem_conv1", "shortcut0_conv1", "appearance_head1_conv"} <= encoders
    assert not any(name.startswith(("decoder", "local_hop")) for name in encoders)


@pytest.mark.parametrize(
    "argv, message",
    [
        (["fine-tuning", "--backgrounds", "nowhere"], "nowhere"),
        (["fine-tuning", "--backgrounds", "photos/", "--settings", "5", "6"], "invalid choice: '6'"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(argv, message, tmp_path, monkeypatch, capsys):
    assert main([*argv, "-o", str(tmp_path / "fine_tuning.csv")]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1 and message in printed
