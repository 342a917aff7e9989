"""The open recipe for samples."""

import cv2
import numpy as np
import pytest

from hop_tf.datasets.recipes.open import Recipe
from hop_tf.datasets.sources import CutoutFolder, GeneratedBackgrounds, ProceduralForegrounds

RED, BLUE = (200, 30, 30), (30, 30, 200)


@pytest.fixture
def red_and_blue(tmp_path):
    """Folder of two opaque discs, one in each colour."""
    alpha = np.zeros((100, 100), np.uint8)
    cv2.circle(alpha, (50, 50), 45, 255, -1, cv2.LINE_AA)
    for name, colour in (("red", RED), ("blue", BLUE)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.dstack([np.full((100, 100, 3), colour[::-1], np.uint8), alpha]))
    return CutoutFolder(tmp_path)


def draw_merged(cutouts, **options):
    recipe = Recipe(cutout_share=1, merge_cutouts=1, jitter=0, degrade=0, blur_background=0, soften=0, **options)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        yield recipe.draw(rng, 96, cutouts, ProceduralForegrounds(), GeneratedBackgrounds(96))


def colours_of_certain_foreground(trimap, foreground):
    known = foreground[trimap == 255].astype(int)
    return [(np.abs(known - colour).max(-1) <= 12).mean() if known.size else 0 for colour in (RED, BLUE)]


def count_two_coloured(samples):
    """How many samples have certain foreground of both colours, more than a twentieth each."""
    shares = [colours_of_certain_foreground(trimap, foreground) for _, trimap, _, foreground, _ in samples]
    return sum(min(pair) > 0.05 for pair in shares)


def test_a_layer_left_open_has_no_certain_foreground(red_and_blue):
    assert count_two_coloured(draw_merged(red_and_blue, open_layer=1)) == 0
    assert count_two_coloured(draw_merged(red_and_blue, open_layer=0)) > 4


def test_some_layers_left_open_let_a_little_light_through_and_some_none(red_and_blue):
    thinnest = []
    for _, trimap, alpha, _, _ in draw_merged(red_and_blue, open_layer=1):
        inside = cv2.erode(np.uint8(alpha > 0.5), np.ones((9, 9), np.uint8)).astype(bool) & (trimap == 128)
        thinnest.append(alpha[inside].min(initial=1))
    assert min(thinnest) < 0.95 and max(thinnest) == 1


def test_trimaps_of_layers_left_open_never_contradict_alpha(red_and_blue):
    for _, trimap, alpha, _, _ in draw_merged(red_and_blue, open_layer=1):
        assert (alpha[trimap == 255] >= 0.98).all() and (alpha[trimap == 0] <= 0.02).all()
