import numpy as np

from hop_tf.trimaps.gaps import fill_gaps


def ring():
    y, x = np.mgrid[:40, :40]
    radius = np.hypot(y - 20, x - 20)
    return (radius < 15) & (radius > 8), radius < 15


def test_an_enclosed_gap_is_filled():
    region, disc = ring()
    assert (fill_gaps(region) == disc).all()


def test_a_gap_with_a_mark_stays_open():
    region, _ = ring()
    mark = np.zeros_like(region)
    mark[20, 20] = True
    assert (fill_gaps(region, keep=mark) == region).all()


def test_a_bay_that_is_open_to_the_border_is_no_gap():
    region, _ = ring()
    region[:20, 20] = False
    assert (fill_gaps(region) == region).all()
