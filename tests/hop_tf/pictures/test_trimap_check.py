"""Descriptions of unusual trimaps."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from hop_tf.pictures.trimap_check import check_trimap


def picture(background=0, unknown=128, foreground=255):
    """A disc with an unknown ring: 56 % background, 14 % unknown and 30 % foreground."""
    y, x = np.mgrid[:200, :200] - 99.5
    distance = np.hypot(x, y)
    return np.select([distance < 62, distance < 75], [foreground, unknown], background).astype(np.uint8)


def as_jpeg(trimap, quality):
    file = io.BytesIO()
    Image.fromarray(trimap).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


@pytest.mark.parametrize("unknown", [127, 128, 129])
def test_a_usual_trimap_gets_no_warning(unknown):
    assert check_trimap(picture(unknown=unknown)) is None


@pytest.mark.parametrize(
    ("trimap", "said"),
    [
        (picture(unknown=64), "the levels 0, 64 and 255 instead of 0, 128 and 255, reading 64 as background"),
        (picture(unknown=200), "reading 200 as foreground; no pixel is unknown"),
        (picture(unknown=100), "reading 100 as unknown (56 % background, 14 % unknown, 30 % foreground)"),
        (picture(1, 128, 254), "the levels 1, 128 and 254 instead of 0, 128 and 255, reading 1 as background, 254 as"),
        (picture(foreground=128), "no pixel is foreground (170 and above); marking some helps (56 % background, 44 %"),
        (picture(background=128), "no pixel is background (below 85); marking some helps (0 % background, 70 %"),
        (picture(128, 128, 128), "every pixel is unknown"),
        (picture(0, 0, 0), "no pixel is unknown (grey, 85 to 169); the known alpha is written as it is (100 %"),
        (255 - picture(), "more foreground along the border than inside; black and white may be swapped"),
    ],
)
def test_oddities_are_reported_with_their_shares(trimap, said):
    assert said in check_trimap(trimap)
    assert check_trimap(trimap).endswith(" foreground)")


@pytest.mark.parametrize("quality", [40, 75, 95])
def test_jpeg_is_recognised(quality):
    assert "as JPEG files have" in check_trimap(as_jpeg(picture(), quality))


def test_a_matte_and_a_blurred_trimap_are_recognised():
    ramp = np.tile(np.linspace(0, 255, 200).astype(np.uint8), (200, 1))
    for trimap in (ramp, cv2.GaussianBlur(picture(), (9, 9), 0)):
        assert "levels, typical of a matte or a blurred trimap; below 85 is read as background" in check_trimap(trimap)


def test_a_small_share_is_not_reported_as_0():
    trimap = picture(unknown=0)
    trimap[100, 100] = 128
    trimap[0, 0] = 1
    assert "<1 % unknown" in check_trimap(trimap)


@pytest.mark.parametrize("trimap", [picture(0, 1, 2), picture(0, 0, 1), picture() // 4])
def test_labels_are_refused(trimap):
    with pytest.raises(ValueError, match="would all be background"):
        check_trimap(trimap)


def test_a_mask_is_refused():
    with pytest.raises(
        ValueError, match="a mask of 0 and 255, .*; make a trimap from it .* trimap_from_mask in Python"
    ):
        check_trimap(picture(unknown=0))
