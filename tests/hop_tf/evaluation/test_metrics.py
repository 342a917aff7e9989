"""The scores against numbers of the published MATLAB scripts, and against cases worked out by hand."""

import json

import cv2
import numpy as np
import pytest

from helpers.goldens import DATA, REFERENCE
from hop_tf.evaluation.metrics import connectivity_error, gradient_error, mse, sad, scores

REAL = REFERENCE / "goldens/metrics"
CASES = json.loads((DATA / "metrics_synthetic.json").read_text())


def all_unknown(height, width):
    return np.full((height, width), 128, np.uint8)


@pytest.mark.parametrize("case", CASES)
def test_matches_matlab_on_synthetic_mattes(case):
    with np.load(DATA / "metrics_synthetic.npz") as arrays:
        got = scores(*(arrays[f"{case}_{name}"] for name in ("pred", "alpha", "trimap")))
    assert got == pytest.approx(CASES[case], rel=1e-5)


@pytest.mark.skipif(not REAL.exists(), reason="real mattes may not be held here: set HOP_TF_REFERENCE")
def test_matches_matlab_on_real_mattes():
    expected = json.loads((REAL / "expected.json").read_text())
    assert expected
    for case, numbers in expected.items():
        photo = case.split("_")[0]
        names = (case, f"{photo}_alpha", f"{photo}_trimap")
        got = scores(*(cv2.imread(str(REAL / f"{name}.png"), cv2.IMREAD_GRAYSCALE) for name in names))
        assert got == pytest.approx(numbers, rel=1e-5), case


def test_sad_and_mse_of_two_flat_mattes():
    pred, alpha = np.full((20, 50), 102, np.uint8), np.full((20, 50), 51, np.uint8)
    assert sad(pred, alpha, all_unknown(20, 50)) == pytest.approx(0.2)  # 1000 pixels, each 0.2 off
    assert mse(pred, alpha, all_unknown(20, 50)) == pytest.approx(0.04)


def test_a_matte_scores_zero_against_itself():
    alpha = np.random.default_rng(0).integers(0, 256, (40, 30), dtype=np.uint8)
    assert scores(alpha, alpha, all_unknown(40, 30)) == {"SAD": 0.0, "MSE": 0.0, "Grad": 0.0, "Conn": 0.0}


def test_only_trimap_level_128_counts():
    pred, alpha = np.full((2, 10), 255, np.uint8), np.zeros((2, 10), np.uint8)
    trimap = np.array([[0, 1, 64, 127, 128, 129, 150, 170, 254, 255]] * 2, np.uint8)
    assert sad(pred, alpha, trimap) == pytest.approx(2 / 1000)
    assert mse(pred, alpha, trimap) == pytest.approx(1)


def test_gradient_error_ignores_contrast_but_not_a_shifted_edge():
    strong = np.zeros((30, 30), np.uint8)
    strong[:, 15:] = 255
    weak = np.where(strong > 0, 140, 90).astype(np.uint8)
    assert gradient_error(weak, strong, all_unknown(30, 30)) == 0
    shifted = np.roll(strong, 2, axis=1)
    shifted[:, :2] = 0
    assert gradient_error(shifted, strong, all_unknown(30, 30)) > 0.01


def test_gradient_error_of_a_step_edge():
    """Along a row a step answers with the tail sums of the unit-norm derivative filter, times the smoothing's sum."""
    x = np.arange(-4, 5)
    gauss = np.exp(-(x**2) / 3.92)
    derive = x * gauss
    tails = np.cumsum(derive / np.linalg.norm(derive))[:-1] * (gauss / np.linalg.norm(gauss)).sum()
    step = np.zeros((16, 24), np.uint8)
    step[:, 12:] = 255
    expected = 16 * np.square(tails).sum() / 1000
    assert gradient_error(step, np.zeros_like(step), all_unknown(16, 24)) == pytest.approx(expected, rel=1e-9)


def test_an_island_costs_connectivity_only_where_it_is_cut_off():
    alpha = np.zeros((20, 20), np.uint8)
    alpha[:, :8] = 255
    pred = alpha.copy()
    pred[5:9, 12:16] = 255  # 16 opaque pixels away from the body: level 0 there
    assert connectivity_error(pred, alpha, all_unknown(20, 20)) == pytest.approx(16 / 1000)
    joined = alpha.copy()
    joined[5:9, 8:12] = 255  # touching or not makes no difference while the true matte is 0 there
    assert connectivity_error(joined, alpha, all_unknown(20, 20)) == pytest.approx(16 / 1000)


def test_diagonal_neighbours_are_not_connected():
    alpha = np.zeros((10, 10), np.uint8)
    alpha[:5, :5] = alpha[5:, 5:8] = 255
    pred = alpha.copy()
    pred[5:, 5:8] = 128  # 15 pixels, cut off at level 0 in both mattes: 1 - 128/255 against 1 - 255/255
    assert connectivity_error(pred, alpha, all_unknown(10, 10)) == pytest.approx(15 * (127 / 255) / 1000)


def test_differences_inside_the_dead_zone_cost_nothing():
    alpha = np.full((10, 10), 255, np.uint8)
    assert connectivity_error(np.full_like(alpha, 254), alpha, all_unknown(10, 10)) == 0
    # Reaching 0.6 exactly keeps 0.6 as the level; 255 rises 0.4 above it.
    at_threshold = np.full_like(alpha, 153)
    assert connectivity_error(at_threshold, alpha, all_unknown(10, 10)) == pytest.approx(100 * 0.4 / 1000)
    below_threshold = np.full_like(alpha, 152)
    expected = 100 * 0.5 / 1000  # level 0.5; 152 / 255 rises only 0.096 above it, inside the dead zone
    assert connectivity_error(below_threshold, alpha, all_unknown(10, 10)) == pytest.approx(expected)


def test_the_first_of_two_equal_components_by_columns_is_the_source():
    alpha = np.zeros((6, 6), np.uint8)
    alpha[4, 0:2] = 255  # first by columns
    alpha[0, 3:5] = 255  # first by rows
    pred = alpha.copy()
    pred[4, 0:2] = 153  # as the source: level 0.6, the true 255 rises 0.4; cut off it would differ by 0.4 too
    pred[0, 3:5] = 230  # as the source: level 0.9, no difference beyond the dead zone; cut off: 25 / 255
    got = connectivity_error(pred, alpha, all_unknown(6, 6))
    assert got == pytest.approx((2 * 0.4 + 2 * 25 / 255) / 1000, rel=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pred": np.zeros((4, 4), np.float32)}, r"`pred` must be .*Received: float32 \(4, 4\)$"),
        ({"alpha": np.zeros((4, 4, 1), np.uint8)}, r"`alpha` must be .*Received: uint8 \(4, 4, 1\)$"),
        ({"trimap": [[128]]}, r"`trimap` must be .*Received: list$"),
        ({"pred": np.zeros((4, 5), np.uint8)}, r"one shape. Received: pred \(4, 5\), alpha \(4, 4\)"),
        ({"trimap": np.full((4, 4), 127, np.uint8)}, r"at least one pixel equal to 128. Received: levels 127$"),
        (dict.fromkeys(("pred", "alpha", "trimap"), np.zeros((0, 4), np.uint8)), r"Received: uint8 \(0, 4\)$"),
    ],
)
@pytest.mark.parametrize("score", [sad, mse, gradient_error, connectivity_error, scores])
def test_wrong_arrays_are_refused(score, change, message):
    arrays = {"pred": np.zeros((4, 4), np.uint8), "alpha": np.zeros((4, 4), np.uint8), "trimap": all_unknown(4, 4)}
    with pytest.raises(ValueError, match=message):
        score(**{**arrays, **change})
