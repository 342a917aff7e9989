"""Photos with wide unknown bands, matted at two scales by networks whose output is known beforehand."""

import numpy as np
import pytest

from helpers.red_channel import red_channel_network
from hop_tf.inference.predictor import Predictor
from hop_tf.inference.two_scales import blend, copy_size, predict_at_two_scales, shrink_trimap


def band(height, width, start, stop):
    trimap = np.full((height, width), 128, np.uint8)
    trimap[:, :start], trimap[:, stop:] = 0, 255
    return trimap


@pytest.mark.parametrize(
    ("trimap", "size"),
    [
        (band(200, 800, 100, 700), None),  # not large
        (band(200, 1600, 100, 178), None),  # no pixel is farther than 40 from a known one
        (band(400, 1600, 100, 260), (200, 800)),
        (band(1000, 3200, 100, 220), (667, 2133)),
        (np.full((3200, 100), 128, np.uint8), (2560, 80)),  # the distance to the border counts
    ],
)
def test_large_photos_with_wide_bands_get_a_copy_whose_band_is_narrow(trimap, size):
    assert copy_size(trimap) == size


def test_a_smaller_trimap_is_known_only_where_all_pixels_agree():
    trimap = band(4, 12, 5, 8)
    assert shrink_trimap(trimap, (2, 6)).tolist() == [[0, 0, 128, 128, 255, 255]] * 2
    assert shrink_trimap(band(4, 12, 5, 5), (2, 6)).tolist() == [[0, 0, 128, 255, 255, 255]] * 2


def test_each_neighbourhood_takes_the_alpha_that_is_less_grey():
    trimap = np.full((64, 128), 128, np.uint8)
    fine, coarse = np.full((64, 128), 0.5, np.float32), np.full((32, 64), 0.5, np.float32)
    fine[:, :64:2], fine[:, 1:64:2] = 0, 1  # stripes that the copy cannot show
    coarse[:, 32:] = 0.02  # what is grey in the photo
    alpha = blend(fine, coarse, trimap)
    np.testing.assert_array_equal(alpha[:, :56], fine[:, :56])
    np.testing.assert_allclose(alpha[:, 72:], 0.02, atol=0.01)


def test_known_pixels_stay_exact_and_equal_alphas_stay_as_they_are():
    trimap = band(60, 90, 30, 60)
    fine = np.where(trimap == 128, 0.5, trimap / np.float32(255)).astype(np.float32)
    alpha = blend(fine, np.random.default_rng(0).random((30, 45), np.float32), trimap)
    assert (alpha[trimap != 128] == fine[trimap != 128]).all() and (alpha != fine).any()
    np.testing.assert_allclose(blend(fine, fine[::2, ::2], trimap)[:, 34:56], 0.5, atol=1e-6)


def test_photos_of_a_batch_are_matted_apart():
    trimaps = [band(100, 100, 40, 60), band(200, 1600, 100, 420), band(64, 64, 10, 50)]
    images = [np.full((*trimap.shape, 3), 10 * i, np.uint8) for i, trimap in enumerate(trimaps)]
    seen = []

    def predict(images, trimaps):
        seen.extend(image.shape[:2] for image in images)
        return [image[..., 0] / np.float32(100) for image in images]

    alphas = predict_at_two_scales(predict, images, trimaps)
    assert seen == [(100, 100), (200, 1600), (64, 64), (100, 800)]
    for i, (alpha, trimap) in enumerate(zip(alphas, trimaps, strict=True)):
        np.testing.assert_allclose(alpha, np.full(trimap.shape, i / 10), atol=1e-6)


@pytest.fixture(scope="module")
def predictors():
    network = red_channel_network()
    return [Predictor(network, two_scales=both) for both in (True, False)]


def test_only_wide_bands_of_large_photos_change_what_is_predicted(predictors):
    for size, trimap, differs in (
        ((160, 800), np.full((160, 800), 128, np.uint8), False),
        ((160, 1000), band(160, 1000, 100, 170), False),
        ((160, 1000), band(160, 1000, 100, 300), True),
    ):
        photo = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
        two, one = (predictor.predict(photo, trimap) for predictor in predictors)
        assert np.array_equal(two, one) != differs
        assert (two[trimap != 128] == trimap[trimap != 128] / 255).all()
