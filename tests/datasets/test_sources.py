import numpy as np
import pytest

from hop_tf.datasets.sources import CutoutFolder, GeneratedBackgrounds, PhotoFolder, ProceduralForegrounds
from hop_tf.datasets.sources.procedural import KINDS, patterns


def test_cutouts_have_documented_shape_dtype_and_range(cutout_folder):
    folder = CutoutFolder(cutout_folder)
    assert len(folder) == 3
    colour, alpha = folder[1]
    assert colour.shape == (90, 80, 3) and colour.dtype == np.uint8
    assert alpha.shape == (90, 80) and alpha.dtype == np.float32
    assert alpha.min() == 0 and alpha.max() == 1


def test_cutout_colours_reach_into_transparent_surroundings(cutout_folder):
    colour, alpha = CutoutFolder(cutout_folder)[0]
    assert np.abs(colour[alpha < 0.5].astype(int) - [60, 90, 30]).max() <= 3


def test_large_cutouts_are_shrunk(cutout_folder):
    colour, alpha = CutoutFolder(cutout_folder, max_side=45)[0]
    assert alpha.shape == (45, 35) and colour.shape == (45, 35, 3)


def test_every_group_of_cutouts_gets_its_weight(cutout_folder):
    folder = CutoutFolder(cutout_folder, weights={"emoji": 1, "foliage": 2})
    assert np.allclose(folder.probabilities, [0.25, 0.5, 0.25])


def test_photos_are_rgb(photo_folder):
    photo = PhotoFolder(photo_folder, max_side=80).draw(np.random.default_rng(0))
    assert photo.shape == (60, 80, 3) and photo.dtype == np.uint8


@pytest.mark.parametrize("source", [CutoutFolder, PhotoFolder])
@pytest.mark.parametrize("content", [b"", b"this is no image"])
def test_broken_image_is_reported_by_name(tmp_path, source, content):
    (tmp_path / "broken_one.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"broken_one\.png"):
        source(tmp_path)[0]


def test_cutout_without_alpha_is_reported_by_name(photo_folder):
    with pytest.raises(ValueError, match=r"photo_0\.png"):
        CutoutFolder(photo_folder)[0]


@pytest.mark.parametrize("source", [CutoutFolder, PhotoFolder])
def test_missing_and_empty_folders_are_reported_by_name(tmp_path, source):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        source(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=tmp_path.name):
        source(tmp_path)


def test_generated_backgrounds_differ_and_have_structure():
    rng = np.random.default_rng(0)
    first, second = (GeneratedBackgrounds(64).draw(rng) for _ in range(2))
    assert first.shape == (64, 64, 3) and first.dtype == np.uint8
    assert first.std() > 1 and (first != second).any()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_drawn_kind_has_a_matte_worth_learning(kind):
    draw = KINDS[kind][0]
    for seed in range(6):
        alpha, shade = draw(np.random.default_rng(seed), 96)
        assert alpha.shape == (96, 96) and alpha.dtype == np.float32
        assert 0 <= alpha.min() and alpha.max() <= 1
        assert alpha.max() > 0.1 and alpha.std() > 0.005
        assert ((alpha > 0.02) & (alpha < 0.98)).any()
        if shade is not None:
            assert shade.shape == alpha.shape and 0 <= shade.min() and shade.max() <= 1


@pytest.mark.parametrize("pattern", dict.fromkeys(patterns.PATTERNS))
def test_every_pattern_has_two_materials_and_an_edge_between(pattern, monkeypatch):
    monkeypatch.setattr(patterns, "PATTERNS", [pattern])
    share = np.stack([patterns.draw_pattern(np.random.default_rng(seed), 96) for seed in range(6)])
    assert share.shape == (6, 96, 96) and share.dtype == np.float32
    assert share.min() == 0 and share.max() == 1
    assert ((share > 0.1) & (share < 0.9)).any()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_drawn_kinds_depend_on_the_generator_alone(kind):
    draw = KINDS[kind][0]
    assert np.array_equal(draw(np.random.default_rng(3), 64).alpha, draw(np.random.default_rng(3), 64).alpha)


def test_drawn_foregrounds_are_painted_at_every_size():
    photo = GeneratedBackgrounds(64).draw(np.random.default_rng(0))
    for size in (48, 100):
        colour, alpha = ProceduralForegrounds({"hair": 1}).draw(np.random.default_rng(1), size, photo, photo)
        assert colour.shape == (size, size, 3) and colour.dtype == np.uint8
        assert alpha.shape == (size, size) and alpha.dtype == np.float32


def test_hidden_files_are_passed_over(tmp_path, photo_folder):
    for path in photo_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "._photo_0.png").write_bytes(b"what some systems leave beside a file")
    assert len(PhotoFolder(tmp_path)) == 3
