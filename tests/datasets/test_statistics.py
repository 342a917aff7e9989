"""How opaque thin structures are: of single lines, of the samples that training draws, and on the command line."""

import cv2
import numpy as np
import pytest

from hop_tf.cli.app import main
from hop_tf.datasets.samples import MattingSamples
from hop_tf.datasets.statistics import BOUNDS, MEASURED, count_ridges, ridge_peaks


def line(opacity, width=1):
    alpha = np.zeros((32, 40), np.float32)
    alpha[10 : 10 + width] = opacity
    return alpha


@pytest.mark.parametrize("opacity", [0.05, 0.3, 1])
def test_the_peak_of_a_line_is_its_opacity(opacity):
    np.testing.assert_allclose(ridge_peaks(line(opacity)), np.full(40, opacity), rtol=1e-6)


def test_a_line_over_a_veil_counts_without_the_veil():
    np.testing.assert_allclose(ridge_peaks(np.maximum(line(0.7), 0.2)), np.full(40, 0.5), rtol=1e-6)


def test_wide_structures_and_the_faintest_lines_are_no_ridges():
    assert len(ridge_peaks(line(1, width=7))) == 0
    assert len(ridge_peaks(line(0.04))) == 0


def test_only_the_unknown_region_is_searched():
    unknown = np.zeros((32, 40), bool)
    unknown[:, :15] = True
    assert len(ridge_peaks(line(0.3), unknown)) == 15
    assert len(ridge_peaks(line(0.3), ~unknown)) == 25


def test_ridges_of_several_mattes_are_counted_together():
    ridges = count_ridges([(line(0.05), None), (line(0.3), None), (line(1), None), (line(1), None)])
    assert ridges.mattes == 4
    assert ridges.counts.tolist() == [40, 0, 40, 0, 0, 0, 80]
    assert ridges.shares.tolist() == [0.25, 0, 0.25, 0, 0, 0, 0.5]
    assert not count_ridges([(line(0), None)]).shares.any()


def test_drawn_samples_have_strands_as_faint_as_photos():
    samples = MattingSamples(crop_size=192, seed=0)
    drawn = (samples.sample(index)[1:] for index in range(120))
    shares = count_ridges((alpha, trimap == 128) for trimap, alpha in drawn).shares
    assert sum(MEASURED) == pytest.approx(1, abs=0.02)  # rounded to full percents
    np.testing.assert_allclose(shares, MEASURED, atol=0.05)


@pytest.fixture
def alphas(tmp_path):
    """Folder `alpha` of two mattes with faint and opaque lines, and `trimap` that knows the opaque lines."""
    for name in ("input", "alpha", "trimap"):
        (tmp_path / name).mkdir()
    for name in ("a.png", "b.png"):
        alpha = np.uint8(255 * np.concatenate([line(0.3), line(1), line(1, 12)]))
        trimap = np.full(alpha.shape, 128, np.uint8)
        trimap[32:64] = 255
        for folder in ("input", "alpha"):
            cv2.imwrite(str(tmp_path / folder / name), alpha)
        cv2.imwrite(str(tmp_path / "trimap" / name), trimap)
    return tmp_path


def rows(capsys):
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.startswith("ridges with a peak of") and len({len(line) for line in [header, *lines[:-1]]}) == 1
    return [line.split() for line in lines]


@pytest.mark.parametrize(
    ("arguments", "shares"),
    [
        (["--alpha", "alpha"], "0% 0% 50% 0% 0% 0% 50%"),
        (["--alpha", "alpha", "--trimap", "trimap"], "0% 0% 100% 0% 0% 0% 0%"),
        (["--dataset", "folder", "."], "0% 0% 100% 0% 0% 0% 0%"),
    ],
)
def test_the_command_prints_a_row_for_the_mattes_and_one_for_photos(alphas, monkeypatch, capsys, arguments, shares):
    monkeypatch.chdir(alphas)
    assert main(["data", "statistics", *arguments]) == 0
    (name, mattes, *found), measured = rows(capsys)
    assert mattes == "2" and found[:-1] == shares.split()
    assert measured[3:] == [f"{share:.0%}" for share in MEASURED]
    assert len(measured[3:]) == len(BOUNDS) - 1


def test_the_command_measures_the_samples_of_a_training(tmp_path, capsys):
    config = tmp_path / "drawn.toml"
    config.write_text("[data]\ncrop_size = 64\n")
    assert main(["data", "statistics", "--config", str(config), "--samples", "3"]) == 0
    (_, _, mattes, *shares, _), _ = rows(capsys)
    assert mattes == "3" and 97 <= sum(int(share[:-1]) for share in shares) <= 103


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--alpha", "lost"], "lost"),
        (["--dataset", "unheard", "."], "no layout unheard"),
        (["--alpha", "alpha", "--set", "data.drawn=1"], "--set needs --config"),
        (["--dataset", "folder", ".", "--trimap", "trimap"], "--trimap needs --alpha"),
        ([], "required"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(alphas, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(alphas)
    assert main(["data", "statistics", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and message in error
