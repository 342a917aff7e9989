"""Properties that hold for every photo and trimap. HYPOTHESIS_PROFILE=thorough tries many more than CI does."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.odd_pictures import frames, palette, saved, sixteen_bit, with_transparency
from helpers.red_channel import red_channel_network
from hop_tf.cli.app import main
from hop_tf.inference.predictor import Predictor
from hop_tf.pictures.reading import read_mask, read_photo, read_trimap
from hop_tf.pictures.writing import write_png

settings.register_profile("ci", max_examples=20, deadline=None, derandomize=True, database=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def pairs(draw, largest=700):
    """A photo and its trimap, of any size and of levels that people and programs use."""
    height, width = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    photo = rng.integers(0, 256, (height, width, 3), np.uint8)
    levels = np.array(draw(st.sampled_from([(0, 128, 255), (0, 255), (128,), (0, 1, 128, 254), tuple(range(256))])))
    block = draw(st.sampled_from([1, 7, 200]))  # single pixels, spots, regions
    coarse = rng.choice(levels, (-(-height // block), -(-width // block)))
    trimap = coarse.repeat(block, axis=0).repeat(block, axis=1)[:height, :width].astype(np.uint8)
    return photo, trimap


@pytest.fixture(scope="module")
def beyond():
    """A network whose alpha lies in -1..2."""
    return Predictor(red_channel_network(scale=3.0, shift=-1.0))


@given(pair=pairs())
def test_alpha_has_the_photos_size_and_lies_in_0_to_1_and_known_pixels_are_exact(pair, beyond):
    photo, trimap = pair
    alpha = beyond.predict(photo, trimap)
    assert alpha.dtype == np.float32 and alpha.shape == trimap.shape
    assert (alpha >= 0).all() and (alpha <= 1).all()
    assert (alpha[trimap < 85] == 0).all() and (alpha[trimap >= 170] == 1).all()
    unknown = (trimap >= 85) & (trimap < 170)
    expected = np.clip(photo[:, :, 0] / np.float32(255) * 3 - 1, 0, 1)
    np.testing.assert_allclose(alpha[unknown], expected[unknown], atol=1e-5)


@given(pair=pairs(), tile=st.integers(64, 400))
def test_tile_size_does_not_change_which_pixels_an_alpha_depends_on(pair, tile, predictor):
    tiled = Predictor(predictor.network.model, tile=tile)
    np.testing.assert_allclose(tiled.predict(*pair), predictor.predict(*pair), atol=1e-5)


# Ways to store a photo without loss: file name and how it is written.
LOSSLESS = {
    "a.png": saved,
    "a.bmp": lambda photo: saved(photo, "BMP"),
    "a.tif": lambda photo: saved(photo, "TIFF", compression="tiff_adobe_deflate"),
    "a.webp": lambda photo: saved(photo, "WEBP", lossless=True),
    "a.ppm": lambda photo: saved(photo, "PPM"),
    "16.png": lambda photo: sixteen_bit(photo.astype(np.uint16) * 257),
    "16.tif": lambda photo: sixteen_bit(photo.astype(np.uint16) * 257, "tiff"),
    "transparent.png": lambda photo: with_transparency(photo, 70),
    "pages.tif": lambda photo: frames("TIFF", photo, 255 - photo),
}


@given(pair=pairs(largest=100), name=st.sampled_from(sorted(LOSSLESS)))
def test_the_format_of_a_photo_does_not_matter(pair, name):
    photo, _ = pair
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        LOSSLESS[name](photo)(path)
        np.testing.assert_array_equal(read_photo(path), photo)


@given(pair=pairs(largest=100), name=st.sampled_from(sorted(LOSSLESS)), as_palette=st.booleans())
def test_the_format_of_a_trimap_does_not_matter(pair, name, as_palette):
    _, trimap = pair
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        grey = np.repeat(trimap[:, :, None], 3, axis=2)
        (palette if as_palette else LOSSLESS[name])(grey)(path)
        np.testing.assert_array_equal(read_trimap(path), trimap)


@given(pair=pairs(largest=100))
def test_written_pictures_are_read_back(pair):
    photo, trimap = pair
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "out.png")
        write_png(path, photo)
        np.testing.assert_array_equal(read_photo(path), photo)
        write_png(path, trimap)
        np.testing.assert_array_equal(read_mask(path), trimap)


@shared
@given(several=st.lists(pairs(largest=200), min_size=1, max_size=4))
def test_a_folder_gives_each_photo_the_alpha_that_it_has_alone(several, quick_network):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name in ("photos", "trimaps"):
            (folder / name).mkdir()
        for number, (photo, trimap) in enumerate(several):
            trimap[0, 0] = 128  # masks and labels are refused
            write_png(folder / f"photos/{number}.png", photo)
            write_png(folder / f"trimaps/{number}.png", trimap)
        paths = map(str, (folder / "photos", folder / "trimaps"))
        assert main(["matte", *paths, "-o", str(folder / "together")]) == 0
        for number in range(len(several)):
            pair = str(folder / f"photos/{number}.png"), str(folder / f"trimaps/{number}.png")
            assert main(["matte", *pair, "-o", str(folder / "alone.png")]) == 0
            together = (folder / f"together/{number}.png").read_bytes()
            assert together == (folder / "alone.png").read_bytes()
