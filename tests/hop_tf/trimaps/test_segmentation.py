import numpy as np
import pytest

from hop_tf.trimaps.segmentation import confidence, segment


@pytest.fixture
def disc():
    """A textured red disc on textured green, and where it is."""
    y, x = np.mgrid[:120, :160]
    inside = np.hypot(y - 60, x - 90) < 35
    noise = np.random.default_rng(0).integers(-25, 25, (120, 160, 3))
    photo = np.where(inside[..., None], (180, 60, 50), (60, 140, 60)) + noise
    return photo.astype(np.uint8), inside


def agreement(mask, truth):
    return (mask & truth).sum() / (mask | truth).sum()


def test_a_box_finds_the_object_in_it(disc):
    photo, truth = disc
    assert agreement(segment(photo, box=(50, 20, 80, 80)), truth) > 0.97


def test_strokes_find_the_object(disc):
    photo, truth = disc
    foreground, background = np.zeros((2, 120, 160), bool)
    foreground[55:65, 85:95] = True
    background[5:10, :] = True
    assert agreement(segment(photo, foreground=foreground, background=background), truth) > 0.97


def test_the_size_of_the_photo_does_not_matter(disc):
    photo, truth = (np.repeat(np.repeat(x, 10, axis=0), 10, axis=1) for x in disc)
    assert agreement(segment(photo, box=(500, 200, 800, 800)), truth) > 0.95


def test_a_box_around_the_whole_photo_finds_the_object(disc):
    photo, truth = disc
    assert agreement(segment(photo, box=(0, 0, 160, 120)), truth) > 0.9


def test_strokes_are_certain(disc):
    photo, truth = disc
    background = np.zeros_like(truth)
    background[55:65, 80:100] = True  # across the disc
    sure = confidence(photo, box=(50, 20, 80, 80), background=background)
    assert (sure[background] == 0).all()
    assert sure[40, 90] > 0.9


def test_marks_that_leave_no_background_or_no_object_are_refused(disc):
    photo, truth = disc
    everywhere = np.ones_like(truth)
    for marks in (
        {},
        {"box": (500, 500, 10, 10)},
        {"foreground": truth},
        {"box": (0, 0, 9, 9), "background": everywhere},
    ):
        with pytest.raises(ValueError, match="Received"):
            segment(photo, **marks)
