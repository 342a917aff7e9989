"""The commands that preview data and time samples."""

import cv2
import pytest

from hop_tf.cli.app import main
from hop_tf.datasets.benchmark import measure, write_test_data
from hop_tf.datasets.samples import MattingSamples


def test_preview_writes_a_contact_sheet(tmp_path, cutout_folder, photo_folder):
    target = tmp_path / "sheet.png"
    folders = ["--foregrounds", str(cutout_folder), "--backgrounds", str(photo_folder)]
    assert main(["data", "preview", "-o", str(target), "--count", "3", "--crop-size", "48", *folders]) == 0
    assert cv2.imread(str(target)).shape == (20 + 2 * 52, 2 * (3 * 48 + 4), 3)


def test_preview_of_one_kind_and_of_the_paper_recipe(tmp_path, cutout_folder):
    for more in (["--kind", "hair"], ["--recipe", "paper", "--foregrounds", str(cutout_folder), "--degrade", "1"]):
        target = tmp_path / "sheet.png"
        assert main(["data", "preview", "-o", str(target), "--count", "1", "--crop-size", "48", *more]) == 0
        assert target.is_file()
        target.unlink()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["-o", "nowhere/sheet.png"], "nowhere"),
        (["-o", "sheet.xyz"], "sheet.xyz: the output must be a .png file"),
        (["-o", "sheet.png", "--foregrounds", "lost"], "lost"),
        (["-o", "sheet.png", "--count", "0"], "from 1 on"),
        (["-o", "sheet.png", "--foregrounds", "lost", "--kind", "hair"], "--kind"),
        ([], "--output"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    small = ["--count", "1", "--crop-size", "32"] if "--count" not in arguments else []
    assert main(["data", "preview", *small, *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and message in error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("recipe", ["open", "paper"])
def test_measured_steps_add_up_to_the_whole(cutout_folder, photo_folder, recipe):
    result = measure(MattingSamples(cutout_folder, photo_folder, 64, recipe=recipe), count=4)
    assert result.samples_per_second > 1
    assert sum(result.steps.values()) == pytest.approx(1 / result.samples_per_second)
    assert {"composite", "read or draw a background", "the rest"} <= result.steps.keys()


def test_benchmark_prints_an_aligned_table(cutout_folder, photo_folder, capsys):
    folders = ["--foregrounds", str(cutout_folder), "--backgrounds", str(photo_folder)]
    assert main(["data", "benchmark", "--count", "2", "--crop-size", "48", *folders]) == 0
    *table, last = capsys.readouterr().out.strip().splitlines()
    assert len({len(line) for line in table}) == 1
    assert table[0].split()[0] == "step" and last.endswith("samples per second and core")


def test_benchmark_draws_large_foregrounds_that_are_decoded_each_time(tmp_path):
    foregrounds, backgrounds = write_test_data(tmp_path, count=1)
    colour, alpha = foregrounds[0]
    assert colour.shape == (1080, 1920, 3) and alpha.shape == (1080, 1920) and backgrounds[0].shape == (480, 640, 3)
    assert 0 < alpha.mean() < 1
    assert foregrounds[0][0] is not colour
