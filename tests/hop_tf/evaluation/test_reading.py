import numpy as np
import pytest

from hop_tf.errors import UserError
from hop_tf.evaluation.reading import PictureSet


def test_pictures_come_as_arrays_with_the_first_kind_of_trimap(draw, tmp_path):
    draw("input", GT01=np.full((20, 30, 3), (200, 40, 0)))
    for folder, level in (("alpha", 70), ("trimap1", 128), ("trimap2", 255)):
        draw(folder, GT01=level)
    ((name, photo, trimap, alpha),) = PictureSet(tmp_path)
    assert name == "GT01" and (photo == (200, 40, 0)).all() and photo.shape == (20, 30, 3)
    assert (trimap == 128).all() and (alpha == 70).all() and trimap.shape == alpha.shape == (20, 30)
    assert photo.dtype == trimap.dtype == alpha.dtype == np.uint8


def test_a_trimap_of_another_size_is_named_when_it_is_read(draw, tmp_path):
    for folder in ("image", "alpha"):
        draw(folder, cat=0)
    draw("trimap", cat=np.zeros((20, 31)))
    pictures = PictureSet(tmp_path)
    with pytest.raises(UserError, match="trimap/cat.png: is 31 x 20 pixels"):
        pictures[0]


def test_a_set_without_photos_is_refused(draw, tmp_path):
    for folder in ("trimap", "alpha"):
        draw(folder, cat_0=0)
    with pytest.raises(UserError, match="no folder of photos"):
        PictureSet(tmp_path, "composition-1k")
