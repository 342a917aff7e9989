"""The paper's affine transform."""

import numpy as np
import pytest

from hop_tf.datasets.transforms.random_affine import random_affine


@pytest.mark.parametrize("size, longest_turn", [((1100, 900), 30), ((1000, 900), 0)])
def test_affine_stays_in_the_published_ranges(size, longest_turn):
    turns, scales, flips = [], [], []
    for seed in range(400):
        matrix = random_affine(np.random.default_rng(seed), *size)
        middle = (np.array(size[::-1]) - 1) / 2
        assert np.allclose(matrix @ [*middle, 1], middle)
        # linear = R [[1, t], [0, 1]] diag(a, b): its first column is a (cos, sin), its determinant a b.
        (a, b), (c, d) = matrix[:, :2]
        scale = np.hypot(a, c)
        turns.append(np.rad2deg(np.arctan(c / a)))
        scales += [scale, abs(a * d - b * c) / scale]
        flips.append(a < 0)
        shear = (a * b + c * d) / (a * d - b * c)
        assert abs(np.rad2deg(np.arctan(shear))) <= 10 + 1e-6
    assert np.abs(turns).max() <= longest_turn + 1e-6 and np.abs(turns).max() >= 0.95 * longest_turn
    assert min(scales) >= 0.8 and max(scales) <= 1.25 and max(scales) - min(scales) > 0.4
    assert 0.4 < np.mean(flips) < 0.6
