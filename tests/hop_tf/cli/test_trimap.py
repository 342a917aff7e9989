"""`trimap`: from a box, strokes, clicks and masks."""

import numpy as np
import pytest
from PIL import Image

from hop_tf.cli.app import main

COMMAND = "trimap"
GREEN, RED = (0, 255, 0, 255), (255, 0, 0, 255)


def read(path):
    return np.asarray(Image.open(path))


@pytest.fixture
def cat(draw):
    """A light square, rows 20 to 39 and columns 30 to 49, on dark noise."""
    photo = np.random.default_rng(0).integers(0, 60, (60, 80, 3))
    photo[20:40, 30:50] += 190
    return draw("cat.png", photo)


@pytest.fixture
def strokes():
    picture = np.zeros((60, 80, 4), np.uint8)
    picture[28:32, 35:45], picture[5:8, 5:75] = GREEN, RED
    return picture


def is_trimap_of_square(path):
    trimap = read(path)
    inside, outside = trimap[25:35, 35:45], np.concatenate([trimap[:12], trimap[48:]])
    return (inside == 255).all() and (outside == 0).all() and (trimap[24:36, 29:31] == 128).all()


@pytest.mark.parametrize(
    "marks", [["--box", "24,14,32,32"], ["--inside", "40,30", "--outside", "5,5", "--outside", "75,55"]]
)
def test_a_box_or_clicks_make_a_trimap(cat, tmp_path, marks):
    assert main(["trimap", str(cat), *marks]) == 0
    assert is_trimap_of_square(tmp_path / "cat_trimap.png")


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("box", [[], ["--box", "24,14,32,32"]], ids=["strokes", "strokes and box"])
def test_strokes_of_the_photos_shape_make_a_trimap(cat, draw, strokes, tmp_path, factor, box):
    path = draw("strokes.png", strokes.repeat(factor, axis=0).repeat(factor, axis=1))
    assert main(["trimap", str(cat), "--strokes", str(path), *box]) == 0
    assert is_trimap_of_square(tmp_path / "cat_trimap.png")


def test_strokes_are_certain_in_the_trimap(cat, tmp_path):
    assert main(["trimap", str(cat), "--box", "24,14,32,32", "--outside", "31,30"]) == 0
    assert (read(tmp_path / "cat_trimap.png")[30, 30:33] == 0).all()


def test_clicks_correct_a_mask(cat, draw, tmp_path):
    mask = np.zeros((60, 80), np.uint8)
    mask[20:40, 30:40] = 255  # half of the square
    path = draw("mask.png", mask)
    assert main(["trimap", str(cat), "--mask", str(path), "--width", "1"]) == 0
    assert (read(tmp_path / "cat_trimap.png")[22:38, 43:48] == 0).all()
    assert main(["trimap", str(cat), "--mask", str(path), "--width", "1", "--inside", "45,30", "--overwrite"]) == 0
    trimap = read(tmp_path / "cat_trimap.png")
    assert (trimap[22:38, 32:48] == 255).all() and (trimap[:17] == 0).all() and (trimap[:, 53:] == 0).all()


def test_a_trimap_that_is_there_is_replaced_only_when_asked(cat, tmp_path, capsys):
    trimap = tmp_path / "cat_trimap.png"
    Image.new("L", (80, 60), 128).save(trimap)
    command = ["trimap", str(cat), "--box", "24,14,32,32"]
    assert main(command) == 2 and "is there already" in capsys.readouterr().err
    assert (read(trimap) == 128).all()
    assert main([*command, "--overwrite"]) == 0 and is_trimap_of_square(trimap)


def test_a_preview_shows_the_edges_over_the_photo(cat, tmp_path):
    assert main(["trimap", str(cat), "--box", "24,14,32,32", "--preview", str(tmp_path / "p.png")]) == 0
    preview, trimap = read(tmp_path / "p.png"), read(tmp_path / "cat_trimap.png")
    changed = (preview != read(cat)).any(axis=2)
    assert changed.any()
    assert not changed[:12].any()
    assert (trimap[(preview == (255, 0, 150)).all(axis=2)] == 255).all()


def test_a_folder_of_masks_makes_trimaps(draw, tmp_path):
    for name in "ab":
        draw(f"photos/{name}.jpg", np.zeros((20, 30, 3)))
        draw(f"masks/{name}.png", np.repeat([0, 255], 15) * np.ones((20, 1)))
    draw("masks/b.png", 255)
    out = tmp_path / "out"
    assert main(["trimap", str(tmp_path / "photos"), "--mask", str(tmp_path / "masks"), "-o", str(out)]) == 1
    assert sorted(path.name for path in out.iterdir()) == [".hop-tf.json", "a.png"]


def test_existing_trimaps_of_a_folder_are_kept_unless_overwritten(draw, tmp_path, capsys):
    for name in "ab":
        draw(f"photos/{name}.jpg", np.zeros((20, 30, 3)))
        draw(f"masks/{name}.png", np.repeat([0, 255], 15) * np.ones((20, 1)))
    corrected = draw("out/a.png", 7)
    command = ["trimap", str(tmp_path / "photos"), "--mask", str(tmp_path / "masks"), "-o", str(tmp_path / "out")]
    assert main([*command, "--width", "20"]) == 0
    printed = capsys.readouterr()
    assert (read(corrected) == 7).all() and (read(tmp_path / "out/b.png") == 128).all()
    assert "b.jpg: the trimap: every pixel is unknown" in printed.err and "a.jpg" not in printed.err
    assert "wrote 1 trimap to" in printed.out and "1 skipped, already there (--overwrite" in printed.out
    assert main([*command, "--overwrite"]) == 0
    assert set(np.unique(read(corrected))) == {0, 128, 255}


def test_a_folder_of_trimaps_that_were_made_in_another_way_is_not_continued(draw, tmp_path, capsys):
    draw("photos/a.jpg", np.zeros((20, 30, 3)))
    mask = draw("masks/a.png", np.repeat([0, 255], 15) * np.ones((20, 1)))
    draw("others/a.png", np.repeat([0, 255], 15) * np.ones((20, 1)))
    out = tmp_path / "out"

    def run(masks, *options):
        command = ["trimap", str(tmp_path / "photos"), "--mask", str(tmp_path / masks), "-o", str(out), *options]
        return main(command), capsys.readouterr()

    assert run("masks", "--width", "3")[0] == 0
    before = read(out / "a.png")
    code, printed = run("masks", "--width", "3")
    assert code == 0 and "1 skipped" in printed.out
    code, printed = run("masks", "--width", "5")
    assert code == 2 and "its results were made with --width 3, not with --width 5; --overwrite" in printed.err
    code, printed = run("others", "--width", "3")
    assert code == 2 and f"was made from {mask}, not from {tmp_path / 'others/a.png'}" in printed.err
    assert (read(out / "a.png") == before).all()
    assert run("masks", "--width", "5", "--overwrite")[0] == 0
    assert (read(out / "a.png") != before).any()


def test_bad_marks_are_refused(cat, draw, fails_with, strokes):
    fails_with([cat], "nothing to make a trimap from; give --box")
    fails_with([cat, "--box", "1,2,3"], "expected X,Y,W,H as whole numbers of pixels, not 1,2,3")
    fails_with([cat, "--box", "1,2,0,4"], "expected a width and height of at least 1")
    fails_with([cat, "--box", "80,2,9,9"], "--box 80,2,9,9: lies outside", "80 x 60 pixels")
    fails_with([cat, "--inside", "40,60"], "--inside 40,60: lies outside")
    fails_with([cat, "--inside", "40,30"], "give a --box, or strokes or clicks on both")
    fails_with([cat, "--box", "1,2,9,9", "--mask", cat], "--box: not allowed with --trimap-from")
    fails_with([cat.parent, "--box", "1,2,9,9"], "is a folder")
    fails_with([cat, "--box", "1,2,9,9", "-o", cat], "would overwrite the input")
    other = draw("other.png", strokes[:30])
    fails_with([cat, "--strokes", other], other, "is 80 x 30 pixels but the photo is 80 x 60")
    fails_with([cat, "--strokes", draw("none.png", np.zeros_like(strokes))], "none.png: holds no stroke")
    blue = draw("blue.png", np.full((60, 80, 3), (0, 0, 255)))
    fails_with([cat, "--strokes", blue], blue, "other colours than those of strokes, such as (0, 0, 255)")
    mask = draw("mask.png", np.repeat([0, 255], 40) * np.ones((60, 1)))
    fails_with([cat, "--strokes", mask], mask, "leaves nothing undecided")
    fails_with([cat, "--mask", draw("black.png", 0)], "black.png: the mask is 0 everywhere")
