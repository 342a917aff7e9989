import shutil

import cv2
import numpy as np
import pytest

from helpers.goldens import REFERENCE, ROOT
from hop_tf import Predictor
from hop_tf.datasets.loader import MattingDataset
from hop_tf.evaluation.metrics import mse, scores
from hop_tf.pictures.reading import read_photo, read_trimap

PHOTOS = REFERENCE / "data/alphamatting"

#: kind of trimap: most that the means over nine photos may be, little above what the card says
MOST = {
    "trimap1": {"SAD": 5.45, "MSE": 0.0185, "Grad": 6.2},
    "trimap2": {"SAD": 6.25, "MSE": 0.0167, "Grad": 7.5},
}


@pytest.fixture(scope="module")
def predictor():
    return Predictor("hop_s_9x9")


def eight_bit(alpha):
    return np.round(alpha * 255).astype(np.uint8)


def test_drawn_foregrounds_over_a_photo_are_matted_with_half_the_error_of_a_flat_half(predictor, tmp_path):
    shutil.copy(ROOT / "examples/macaws.jpg", tmp_path)
    dataset = MattingDataset(backgrounds=tmp_path, crop_size=320, seed=2026)
    errors, halves = [], []
    for index in range(16):
        image, trimap, alpha = dataset.sample(index)
        truth = eight_bit(alpha)
        errors.append(mse(eight_bit(predictor.predict(image, trimap)), truth, trimap))
        halves.append(mse(trimap, truth, trimap))
    assert np.mean(halves) > 0.15
    assert np.mean(errors) <= 0.085


def test_the_example_photo_is_matted_cleanly(predictor):
    trimap = read_trimap(ROOT / "examples/macaws_trimap.png")
    alpha = predictor.predict(read_photo(ROOT / "examples/macaws.jpg"), trimap)
    unknown = trimap == 128
    clear = (alpha < 0.05) | (alpha > 0.95)
    assert clear[unknown].mean() > 0.7  # an edge, as soft as the photo's, not a haze
    assert 0.3 < alpha[unknown].mean() < 0.7  # which runs through the middle of the drawn band


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="alphamatting.com's photos may not be held here: set HOP_TF_REFERENCE")
@pytest.mark.parametrize(("kind", "most"), list(MOST.items()))
def test_real_photos_are_matted_as_well_as_the_card_says(kind, most, predictor):
    results = []
    for path in sorted((PHOTOS / "input").glob("*.png")):
        trimap = read_trimap(PHOTOS / kind / path.name)
        alpha = predictor.predict(read_photo(path), trimap)
        truth = cv2.imread(str(PHOTOS / "alpha" / path.name), cv2.IMREAD_GRAYSCALE)
        unknown = np.where((trimap >= 85) & (trimap < 170), 128, 0).astype(np.uint8)
        results.append(scores(eight_bit(alpha), truth, unknown))
    assert len(results) == 9
    for measure, bound in most.items():
        assert np.mean([result[measure] for result in results]) <= bound, measure
