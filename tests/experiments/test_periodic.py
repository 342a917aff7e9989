import numpy as np
import pytest

from experiments.periodic import KINDS, SIDE, cut_by_mask, draw_cutout, write_cutouts


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_a_cutout_has_teeth_at_equal_distances_with_soft_edges(number):
    alpha = draw_cutout(number)[..., 3]
    assert alpha.shape == (SIDE, SIDE)
    assert {0, 255} <= set(alpha.ravel()) and 0.01 < ((alpha > 0) & (alpha < 255)).mean() < 0.4
    row = alpha[int(0.4 * SIDE)].astype(float)
    spectrum = np.abs(np.fft.rfft(row - row.mean()))
    assert spectrum[8:].max() > 3 * np.median(spectrum)


def test_a_number_always_gives_the_same_cutout_and_no_two_are_equal():
    assert (draw_cutout(3) == draw_cutout(3)).all()
    assert (draw_cutout(3)[..., 3] != draw_cutout(0)[..., 3]).any()


def test_a_mask_leaves_hard_edges_and_the_photo_behind_in_the_colours():
    cutout, photo = draw_cutout(1), np.full((SIDE, SIDE, 3), 255, np.uint8)
    masked = cut_by_mask(cutout, photo)
    assert set(np.unique(masked[..., 3])) == {0, 255}
    assert ((masked[..., 3] == 255) == (cutout[..., 3] >= 128)).all()
    half = np.abs(cutout[..., 3].astype(int) - 128) < 20
    middle = (cutout[half][:, :3].astype(float) + 255) / 2
    assert np.abs(masked[half][:, :3] - middle).max() < 25
    inside = cutout[..., 3] == 255
    assert (masked[inside] == cutout[inside]).all()


def test_files_are_named_by_kind_and_existing_ones_kept(tmp_path):
    write_cutouts(tmp_path, range(2))
    times = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert set(times) == {"comb_0000.png", "wicker_0001.png"}
    write_cutouts(tmp_path, range(3))
    assert (tmp_path / "grid_0002.png").exists()
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in times} == times
