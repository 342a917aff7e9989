"""`matte`: what it writes and what it warns of."""

import os

import numpy as np
from PIL import Image

from hop_tf.cli import main


def read(path):
    return np.asarray(Image.open(path))


def run(*argv):
    return main(["matte", *map(str, argv)])


def test_writes_the_alpha_beside_the_photo(pair, weights, tmp_path, expected_alpha, capsys):
    assert run(*pair, "--weights", weights) == 0
    alpha = tmp_path / "cat_alpha.png"
    assert Image.open(alpha).mode == "L"
    np.testing.assert_array_equal(read(alpha), expected_alpha)
    assert capsys.readouterr().out == f"wrote {alpha}\n"


def test_writes_a_cutout_with_the_photos_colours(pair, weights, tmp_path, photo_array, expected_alpha, capsys):
    assert run(*pair, "--weights", weights, "--cutout") == 0
    got = read(tmp_path / "cat_cutout.png")
    np.testing.assert_array_equal(got, np.dstack([photo_array, expected_alpha]))
    assert not (tmp_path / "cat_alpha.png").exists()


def test_writes_where_it_is_told_over_an_earlier_picture(pair, weights, draw, expected_alpha, files_in):
    out = draw("out/mine.png", 7)
    assert run(*pair, "--weights", weights, "-o", out) == 0
    np.testing.assert_array_equal(read(out), expected_alpha)
    assert files_in() == ["cat.png", "cat_trimap.png", "out", "out/mine.png"]


def test_a_large_photo_is_computed_in_tiles_of_the_side_it_is_told(draw, weights, tmp_path):
    photo = np.random.default_rng(4).integers(0, 256, (150, 200, 3), np.uint8)
    pair = draw("big.png", photo), draw("big_trimap.png", np.full((150, 200), 128))
    for tile in ("64", "auto"):
        assert run(*pair, "--weights", weights, "--tile", tile) == 0
        np.testing.assert_array_equal(read(tmp_path / "big_alpha.png"), photo[:, :, 0])


def test_folders_are_paired_by_stem(draw, weights, tmp_path, photo_array, trimap_array, expected_alpha, capsys):
    draw("photos/a.png", photo_array)
    draw("photos/b.bmp", 255 - photo_array)
    draw("photos/alone.png", photo_array)
    for name in ("trimaps/a.png", "trimaps/b.png", "trimaps/other.png"):
        draw(name, trimap_array)
    (tmp_path / "photos" / "notes.txt").write_text("not a picture")
    assert run(tmp_path / "photos", tmp_path / "trimaps", "--weights", weights) == 0
    captured = capsys.readouterr()
    out = tmp_path / "photos_alpha"
    assert sorted(os.listdir(out)) == ["a.png", "b.png"]
    np.testing.assert_array_equal(read(out / "a.png"), expected_alpha)
    np.testing.assert_array_equal(
        read(out / "b.png"), np.where(trimap_array == 128, 255 - photo_array[:, :, 0], trimap_array)
    )
    assert captured.err == "warning: left out, without a partner of the same stem: alone.png, other.png\n"
    assert captured.out == f"wrote 2 pictures to {out}\n"


def test_folders_may_name_the_output_folder(draw, weights, tmp_path, photo_array, trimap_array, expected_alpha):
    draw("photos/a.png", photo_array)
    draw("trimaps/a.png", trimap_array)
    out = tmp_path / "new" / "deep"
    assert run(tmp_path / "photos", tmp_path / "trimaps", "-o", out, "--cutout", "--weights", weights) == 0
    np.testing.assert_array_equal(read(out / "a.png")[:, :, 3], expected_alpha)


def test_a_trimap_without_unknown_pixels_is_written_with_a_warning(pair, draw, weights, tmp_path, capsys):
    trimap = draw("known.png", np.repeat([[20], [200]], 10, axis=0) * np.ones((1, 30)))
    assert run(pair[0], trimap, "--weights", weights) == 0
    assert capsys.readouterr().err.startswith(f"warning: {trimap}: no pixel is unknown")
    np.testing.assert_array_equal(read(tmp_path / "cat_alpha.png"), np.repeat([[0], [255]], 10, 0) * np.ones((1, 30)))


def test_a_trimap_without_known_pixels_is_matted_with_a_warning(pair, draw, weights, tmp_path, photo_array, capsys):
    trimap = draw("unknown.png", 128)
    assert run(pair[0], trimap, "--weights", weights) == 0
    assert capsys.readouterr().err.startswith(f"warning: {trimap}: every pixel is unknown")
    np.testing.assert_array_equal(read(tmp_path / "cat_alpha.png"), photo_array[:, :, 0])
