import numpy as np
import pytest

from hop_tf.inference.tiling import CONTEXT, OVERLAP, plan, unknown_regions


def marked(shape, *pixels):
    unknown = np.zeros(shape, bool)
    for row, column in pixels:
        unknown[row, column] = True
    return unknown


def tiles_of(height, width):
    return lambda h, w: (min(height, h), min(width, w))


def weights_of(parts, shape):
    weights = np.zeros(shape, np.float32)
    for part in parts:
        weights[part.rows, part.columns] += part.row_weights[:, None] * part.column_weights
    return weights


def test_without_tiles_the_whole_photo_is_one_part_padded_to_a_size_the_network_takes():
    (part,) = plan(np.ones((70, 33), bool))
    assert (part.rows, part.columns, part.size) == (slice(0, 70), slice(0, 33), (96, 64))
    assert part.row_weights.tolist() == [1] * 70 and part.column_weights.tolist() == [1] * 33


@pytest.mark.parametrize("tile", [(64, 64), (96, 160), (512, 512), (64, 1024)])
@pytest.mark.parametrize("size", [(1, 1), (65, 64), (333, 1000), (1025, 700)])
def test_tiles_have_one_size_and_weights_that_sum_up_to_1(size, tile):
    parts = plan(np.ones(size, bool), tiles_of(*tile))
    assert len({part.size for part in parts}) == 1
    for part in parts:
        window = np.zeros(size, bool)[part.rows, part.columns]
        assert window.shape == (len(part.row_weights), len(part.column_weights))
        assert all(n <= limit for n, limit in zip(window.shape, part.size, strict=True))
        assert part.size[0] % 32 == part.size[1] % 32 == part.rows.start % 32 == part.columns.start % 32 == 0
        assert part.row_weights.min() > 0 and part.column_weights.min() > 0
    np.testing.assert_allclose(weights_of(parts, size), 1, atol=1e-6)


def test_a_tile_counts_little_at_its_edge_and_fully_at_the_photos():
    first, second = plan(np.ones((64, 960), bool), tiles_of(64, 544))
    assert (first.columns, second.columns) == (slice(0, 544), slice(416, 960))
    assert first.column_weights[0] == 1 and second.column_weights[-1] == 1
    assert first.column_weights[-1] < 2 / OVERLAP and second.column_weights[0] < 2 / OVERLAP
    assert (np.diff(second.column_weights) >= 0).all()


@pytest.mark.parametrize("tile", [(20, 33), (70, 100), (300, 1000), (500, 500)])
@pytest.mark.parametrize("size", [(1, 1), (70, 100), (333, 1000), (345, 120)])
def test_tiles_of_any_fixed_size_cover_photos_of_any_size(size, tile):
    parts = plan(np.ones(size, bool), lambda height, width: tile)
    assert {part.size for part in parts} == {tile}
    assert len({(part.rows.start, part.columns.start) for part in parts}) == len(parts)
    np.testing.assert_allclose(weights_of(parts, size), 1, atol=1e-6)


def test_a_photo_of_the_tiles_size_is_one_part_however_its_unknown_pixels_lie():
    unknown = marked((1080, 1920), (10, 10), (1000, 1900))
    assert len(plan(unknown, lambda height, width: (1080, 1920))) == 1
    assert len(plan(unknown)) == 2


def test_tiles_without_unknown_pixels_are_left_out():
    unknown = marked((640, 640), (0, 0), (639, 639))
    parts = plan(unknown, tiles_of(64, 64))
    assert len(parts) == 2
    np.testing.assert_allclose(weights_of(parts, unknown.shape)[unknown], 1, atol=1e-6)


def test_unknown_pixels_far_from_each_other_are_computed_apart_with_their_context():
    unknown = marked((2000, 3000), (700, 400), (720, 410), (700, 2600))
    assert unknown_regions(unknown, 100) == [
        (slice(576, 832), slice(288, 512)),
        (slice(576, 832), slice(2496, 2720)),
    ]


def test_unknown_pixels_near_each_other_stay_together():
    for distance, regions in ((2 * CONTEXT + 64, 1), (2 * CONTEXT + 65, 2)):
        assert len(unknown_regions(marked((100, 2000), (50, 10), (50, 10 + distance)), CONTEXT)) == regions


def test_regions_hold_every_unknown_pixel_once():
    rng = np.random.default_rng(0)
    for _ in range(20):
        shape = rng.integers(1, 700, 2)
        unknown = np.zeros(shape, bool)
        for row, column in rng.integers(0, shape, (6, 2)):
            unknown[row : row + 9, column : column + 9] = True
        times = np.zeros(shape, int)
        for region in unknown_regions(unknown, 16):
            times[region] += 1
        assert (times[unknown] == 1).all()


def test_the_whole_photo_is_computed_where_regions_save_little():
    wide = 4 * CONTEXT
    (part,) = plan(marked((wide, wide), (CONTEXT, CONTEXT), (2 * CONTEXT, 3 * CONTEXT)))
    assert part.size == (wide, wide)
    (part,) = plan(marked((wide, wide), (0, 0)))
    assert part.size == (CONTEXT + 32, CONTEXT + 32)
