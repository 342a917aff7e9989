"""What visitors' actions do, without a browser."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

gradio = pytest.importorskip("gradio", reason='needs Gradio: pip install "hop-tf[demo]"')

from hop_tf.demo.events import Events, remove_files  # noqa: E402

BOX = {"marks": [{"tool": "box", "points": [[20, 10], [85, 65]], "width": 1, "guides": True}]}


class HalfEverywhere:
    """Stands in for a network: what is unknown has alpha 128 / 255."""

    def predict(self, image, trimap):
        return np.choose(trimap // 127, [0, 128 / 255, 1]).astype(np.float32)


@pytest.fixture
def events(tmp_path):
    (tmp_path / "results").mkdir()
    return Events(HalfEverywhere(), str(tmp_path / "results"), 25)


@pytest.fixture
def cat(tmp_path):
    return _square(tmp_path / "cat.png", (200, 40, 40))


def _square(path, colour, times=1):
    picture = np.full((80, 120, 3), (40, 160, 60), np.uint8)
    picture[20:60, 30:80] = colour
    Image.fromarray(np.repeat(np.repeat(picture, times, axis=0), times, axis=1)).save(path)
    return str(path)


def shown_trimap(update):
    """Returns the trimap that an update of the canvas shows, by its colours: 0, 1 or 2; `None` for none."""
    if not update["overlay"]:
        return None
    image = Image.open(io.BytesIO(base64.b64decode(update["overlay"].partition(",")[2])))
    return np.asarray(image)


def test_the_canvas_follows_the_marks(events, cat):
    shown, update = events.open(cat, None, 0)
    assert update["size"] == (120, 80) and shown_trimap(update) is None
    update = events.follow(shown, BOX, 0)
    trimap = shown_trimap(update)
    assert (trimap[40, 50], trimap[40, 30], trimap[5, 5]) == (2, 1, 0)
    assert update["seen"] == 1 and update["message"].startswith("Cut it out")
    wide = shown_trimap(events.follow(shown, BOX, 5))
    assert (wide == 1).sum() > 1.5 * (trimap == 1).sum()
    assert shown_trimap(events.follow(shown, {"marks": []}, 0)) is None


def test_each_answer_is_news_to_the_canvas(events, cat):
    shown, _ = events.open(cat, None, 0)
    assert len({events.follow(shown, BOX, 0)["answer"] for _ in range(3)}) == 3


def test_marks_that_leave_no_object_are_explained_on_the_canvas(events, cat):
    shown, _ = events.open(cat, None, 0)
    beside = {"marks": [dict(BOX["marks"][0], points=[[130, 0], [150, 80]])]}
    update = events.follow(shown, beside, 0)
    assert update["message"].startswith("no object is left") and shown_trimap(update) is None


def test_visitors_do_not_see_each_other(events, cat, tmp_path):
    one, _ = events.open(cat, None, 0)
    other, _ = events.open(_square(tmp_path / "dog.png", (40, 40, 220)), None, 0)
    mine = shown_trimap(events.follow(one, BOX, 0))
    elsewhere = {"marks": [dict(BOX["marks"][0], points=[[50, 10], [119, 65]])]}
    assert (shown_trimap(events.follow(other, elsewhere, 0)) != mine).any()
    np.testing.assert_array_equal(shown_trimap(events.follow(one, BOX, 0)), mine)
    assert one.photo[40, 50].tolist() == [200, 40, 40] and other.photo[40, 50].tolist() == [40, 40, 220]


def test_a_large_photo_is_shown_smaller_and_cut_out_in_full_size(events, cat, monkeypatch):
    monkeypatch.setattr("hop_tf.demo.state.SHOWN_SIDE", 60)
    shown, update = events.open(cat, None, 0)
    assert shown.photo.shape == (40, 60, 3) and update["size"] == (120, 80)
    preview = shown_trimap(events.follow(shown, BOX, 5))
    trimap = np.asarray(Image.open(events.cut_out(cat, None, BOX, 5)[2]))
    assert trimap.shape == (80, 120)
    assert (trimap[::2, ::2] // 127 == preview).mean() > 0.9  # all but a pixel along the edges


def test_a_mask_gets_a_band_of_the_width_chosen(events, cat, tmp_path):
    mask = np.zeros((80, 120), np.uint8)
    mask[20:60, 30:80] = 3
    Image.fromarray(mask).save(tmp_path / "mask.png")
    shown, update = events.open(cat, str(tmp_path / "mask.png"), 2.5)
    trimap = shown_trimap(update)
    assert (trimap[40, 28:32] == 1).all() and trimap[40, 25] == 0 and trimap[40, 36] == 2
    assert (shown_trimap(events.follow(shown, None, 5)) == 1).sum() > 1.5 * (trimap == 1).sum()


def test_a_cut_out_is_shown_first_and_then_on_white(events, cat):
    found, alpha, _ = events.cut_out(cat, None, BOX, 0)
    path, download, files = events.put_on(found, "Transparent", "#000000", None)
    assert path.endswith("cat_cutout.png") and download["value"] == path and len(files) == 3 and alpha in files
    path, _, files = events.put_on(found, "White", "#000000", None)
    assert path.endswith("cat_composite.png") and len(files) == 4
    assert np.asarray(Image.open(path))[[5, 40], [5, 50]].tolist() == [[255, 255, 255], [200, 40, 40]]


def test_results_that_are_replaced_leave_no_files(events, cat, tmp_path):
    found, _, _ = events.cut_out(cat, None, BOX, 0)
    for colour in ("#000000", "#ff0000", "#00ff00"):
        path, _, _ = events.put_on(found, "Colour", colour, None)
    written = {file for file in (tmp_path / "results").rglob("*") if file.is_file()}
    assert written == {Path(path), *map(Path, found.files.values())}
    found, _, _ = events.cut_out(cat, None, BOX, 0, found)
    written = {file for file in (tmp_path / "results").rglob("*") if file.is_file()}
    assert written == set(map(Path, found.files.values()))
    remove_files(found)
    assert not any((tmp_path / "results").iterdir())


def test_nothing_marked_is_explained(events, cat):
    with pytest.raises(gradio.Error, match="nothing is marked yet; drag a box around the object first"):
        events.cut_out(cat, None, {"marks": []}, 0)
