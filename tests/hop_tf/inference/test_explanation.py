import numpy as np
import pytest

from helpers.red_channel import red_channel_network
from hop_tf import HOPMatting
from hop_tf.inference.explanation import alpha_gradient, attention_maps, reach, without_hop
from hop_tf.layers.hop_block import HOPBlock


@pytest.fixture(scope="module")
def network():
    return HOPMatting(window_size=3, width=0.25)


@pytest.fixture(scope="module")
def seen():
    """Photo, trimap and a pixel in the interior of every block's map."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (60, 96, 3), np.uint8), np.full((60, 96), 128, np.uint8), (33, 45)


def test_gradient_is_that_of_one_pixels_alpha_by_colours_in_0_to_1(seen):
    photo, trimap, (row, column) = seen
    alpha, values = alpha_gradient(red_channel_network(), *seen)
    assert alpha == pytest.approx(photo[row, column, 0] / 255)
    expected = np.zeros(trimap.shape)
    expected[row, column] = 1
    np.testing.assert_allclose(values, expected, atol=1e-6)


def test_reach_is_the_distance_that_half_and_nine_tenths_lie_within():
    values = np.zeros((9, 9))
    values[4, 4], values[4, 7], values[0, 4] = 6, 3, 1
    assert reach(values, (4, 4)).tolist() == [0, 3]


def test_every_block_looks_from_its_pixel_that_holds_the_photos(network, seen):
    maps = attention_maps(network, *seen)
    assert {name: stride for name, (stride, _) in maps.items()} == {
        "global_hop": 16,
        "local_hop1": 8,
        "local_hop2": 4,
        "local_hop3": 2,
    }
    for name, (stride, weights) in maps.items():
        assert weights.shape == (64 // stride, 96 // stride)
        assert weights.sum() == pytest.approx(1, abs=1e-5)
        if name != "global_hop":  # the eight neighbours in a window of 3 x 3
            around = np.abs(np.argwhere(weights > 0) - [33 // stride, 45 // stride])
            assert len(around) == 8 and around.max() == 1


def test_bypassed_blocks_add_nothing_and_all_else_is_kept(network, seen):
    photo, trimap, _ = seen
    bypassed = without_hop(network)
    assert attention_maps(bypassed, *seen) == {}
    for layer in network.layers:
        if isinstance(layer, HOPBlock):
            layer.output_norm.gamma.assign(0 * layer.output_norm.gamma)
    inputs = {
        "image": photo[None, :32, :64].astype("float32"),
        "trimap": trimap[None, :32, :64, None].astype("float32"),
    }
    np.testing.assert_allclose(bypassed(inputs), network(inputs), atol=1e-6)
