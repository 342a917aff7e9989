import numpy as np
import pytest
from PIL import Image

from helpers.goldens import ROOT
from helpers.red_channel import red_channel_network
from hop_tf.export.errors import ExportError
from hop_tf.export.exporter import export
from hop_tf.export.samples import as_inputs, drawn_pictures, example_photo, split_pictures
from hop_tf.pictures.reading import read_photo, read_trimap


@pytest.mark.parametrize("size", [(100, 150), (1500, 40)])
def test_the_example_photo_is_cut_or_mirrored_around_its_middle(size):
    whole = read_photo(ROOT / "examples/macaws.jpg"), read_trimap(ROOT / "examples/macaws_trimap.png")
    photo, trimap = example_photo(size)
    assert photo.shape == (*size, 3) and trimap.shape == size
    top, left = (max(0, (n - m) // 2) for n, m in zip(whole[1].shape, size, strict=True))
    window = np.s_[top : top + size[0], left : left + size[1]]
    height, width = whole[1][window].shape
    np.testing.assert_array_equal(photo[:height, :width], whole[0][window])
    np.testing.assert_array_equal(trimap[:height, :width], whole[1][window])


def test_drawn_pictures_are_the_same_in_every_run_and_have_unknown_pixels():
    pictures = drawn_pictures((48, 64), count=3)
    for picture, again in zip(pictures, drawn_pictures((48, 64), count=3), strict=True):
        assert picture.photo.shape == (48, 64, 3) and picture.trimap.shape == picture.alpha.shape == (48, 64)
        assert (picture.trimap == 128).any()
        np.testing.assert_array_equal(picture.photo, again.photo)


def test_calibration_and_check_share_no_picture():
    calibration, check = split_pictures(None, (32, 48))
    assert len(calibration) == 16 and 0 < len(check) <= 16
    assert not {picture.name for picture in calibration} & {picture.name for picture in check}


def draw(folder, levels):
    """Draw a picture for each trimap level, which fills the middle of the trimap."""
    for name in ("image", "trimap", "alpha"):
        (folder / name).mkdir()
    for i, level in enumerate(levels):
        trimap = np.full((40, 60), 255, np.uint8)
        trimap[10:30, 20:40] = level
        Image.fromarray(np.full((40, 60, 3), 90, np.uint8)).save(folder / f"image/{i:02}.png")
        Image.fromarray(trimap).save(folder / f"trimap/{i:02}.png")
        Image.fromarray(np.tile(np.linspace(0, 255, 60).astype(np.uint8), (40, 1))).save(folder / f"alpha/{i:02}.png")
    return folder


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_an_int8_network_needs_pictures_to_calibrate_and_to_check_it(tmp_path, count):
    message = rf"{count} picture\(s\); an int8 network needs at least 8, half to calibrate it and half to check it"
    with pytest.raises(ExportError, match=message):
        export(
            red_channel_network(), "onnx", tmp_path / "a.onnx", precision="int8", pictures=draw(tmp_path, [128] * count)
        )
    assert not (tmp_path / "a.onnx").exists()


@pytest.mark.parametrize(
    "levels, message",
    [
        ([255] * 8, "no picture.* to check"),
        ([128, 255] * 4, "no picture.* to check"),
        ([255, 128] * 4, "no picture.* to calibrate"),
        ([128] * 5 + [0] * 3, "2 picture.* to check .* at least 4"),
    ],
)
def test_both_halves_need_pictures_with_unknown_pixels(tmp_path, levels, message):
    with pytest.raises(ExportError, match=message) as caught:
        split_pictures(draw(tmp_path, levels), (32, 32))
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_the_least_number_of_pictures_is_split_in_two_halves(tmp_path):
    calibration, check = split_pictures(draw(tmp_path, [128] * 8), None)
    assert [picture.name for picture in calibration] == ["00", "02", "04", "06"]
    assert [picture.name for picture in check] == ["01", "03", "05", "07"]


def test_a_picture_is_repeated_to_a_batch_of_the_type_of_the_inputs():
    photo, trimap = np.full((4, 6, 3), 7, np.uint8), np.full((4, 6), 128, np.uint8)
    inputs = as_inputs(photo, trimap, "float32", batch=2)
    assert inputs["image"].shape == (2, 4, 6, 3) and inputs["trimap"].shape == (2, 4, 6, 1)
    assert inputs["image"].dtype == inputs["trimap"].dtype == np.float32 and (inputs["image"] == 7).all()
