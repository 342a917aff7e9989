import pytest

from hop_tf.errors import UserError
from hop_tf.evaluation.test_sets import open_test_set

COMPOSITES = {"cat_0": 0, "cat_1": 0, "old_dog_0": 0}


def names(pictures):
    return [picture.name for picture in pictures]


def test_composition_1k_is_read_as_compose_writes_it(draw, tmp_path):
    for folder in ("merged", "trimap", "alpha"):
        draw(folder, **COMPOSITES)
    (pictures,) = open_test_set("composition-1k", tmp_path).values()
    assert names(pictures) == list(COMPOSITES)
    assert [path.relative_to(tmp_path).as_posix() for path in pictures[1][1:]] == [
        "merged/cat_1.png",
        "trimap/cat_1.png",
        "alpha/cat_1.png",
    ]


def test_composition_1k_is_read_as_released_with_one_alpha_for_all_composites_of_a_foreground(draw, tmp_path):
    draw("Adobe-licensed images/trimaps", **COMPOSITES)
    draw("Adobe-licensed images/alpha", cat=0, old_dog=0)
    (pictures,) = open_test_set("composition-1k", tmp_path).values()
    assert [picture.alpha.name for picture in pictures] == ["cat.png", "cat.png", "old_dog.png"]
    assert {picture.photo for picture in pictures} == {None}


@pytest.mark.parametrize(
    ("trimaps", "alphas", "expected"),
    [
        ("cat_0 cat_1", "cat cat_1", "cat cat"),  # cat_1 has no composites here
        ("cat_0 cat_1 cat_1_0 cat_1_1", "cat cat_1", "cat cat cat_1 cat_1"),
        ("cat_0 cat_1 cat_1_0 cat_1_1", "cat_0 cat_1 cat_1_0 cat_1_1", "cat_0 cat_1 cat_1_0 cat_1_1"),
        ("dog_12 dog_3 dog_3_0", "dog dog_3", "dog dog dog_3"),
        ("old_dog", "old old_dog", "old_dog"),  # no number, so no composite of `old`
        ("1_0 1_1", "1 1_0", "1 1"),
    ],
)
def test_a_foreground_may_be_named_like_a_composite(draw, tmp_path, trimaps, alphas, expected):
    draw("trimap", **dict.fromkeys(trimaps.split(), 128))
    draw("alpha", **dict.fromkeys(alphas.split(), 0))
    (pictures,) = open_test_set("composition-1k", tmp_path).values()
    found = {picture.name: picture.alpha.stem for picture in pictures}
    assert found == dict(zip(trimaps.split(), expected.split(), strict=True))


@pytest.mark.parametrize(
    ("trimaps", "alphas", "unclear"),
    [
        ("cat_1", "cat cat_1", "cat_1"),
        ("cat_0 cat_1", "cat cat_0 cat_1", "cat_0"),
        ("cat_0 cat_1 dog_0 old_dog", "cat cat_1 old_dog dog", "cat_1"),
    ],
)
def test_two_possible_alphas_of_a_composite_are_an_error(draw, tmp_path, trimaps, alphas, unclear):
    draw("trimap", **dict.fromkeys(trimaps.split(), 128))
    draw("alpha", **dict.fromkeys(alphas.split(), 0))
    with pytest.raises(
        UserError, match=rf"{unclear}\.png: unclear whether this or \w+\.png is the alpha of .* {unclear};"
    ):
        open_test_set("composition-1k", tmp_path)


def test_a_composite_without_alpha_is_named(draw, tmp_path):
    draw("trimaps", **COMPOSITES)
    draw("alpha_copy", cat_0=0, old_dog=0)
    with pytest.raises(UserError, match="alpha_copy: no picture for cat_1;"):
        open_test_set("composition-1k", tmp_path)


def test_alphamatting_has_as_many_sets_as_folders_of_trimaps(draw, tmp_path):
    for folder in ("input", "alpha", "trimap1", "trimap2", "trimap3"):
        draw(folder, GT01=0, GT04=0)
    test_set = open_test_set("alphamatting", tmp_path)
    assert {name: names(pictures) for name, pictures in test_set.items()} == {
        "trimap1": ["GT01", "GT04"],
        "trimap2": ["GT01", "GT04"],
        "trimap3": ["GT01", "GT04"],
    }
    assert test_set["trimap2"][0].trimap == tmp_path / "trimap2/GT01.png"


def test_alphamatting_is_read_as_unpacked(draw, tmp_path):
    draw("input_training_lowres", GT01=0)
    draw("gt_training_lowres", GT01=0)
    draw("trimap_training_lowres/Trimap1", GT01=0)
    test_set = open_test_set("alphamatting", tmp_path)
    assert list(test_set) == ["trimap1"]
    assert test_set["trimap1"][0].alpha == tmp_path / "gt_training_lowres/GT01.png"


@pytest.mark.parametrize("photos", ["input", "image"])
def test_a_user_folder_is_read(draw, tmp_path, photos):
    for folder in (photos, "alpha", "trimap"):
        draw(folder, cat=0)
    ((picture,),) = open_test_set("folder", tmp_path).values()
    assert picture.photo == tmp_path / photos / "cat.png"


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("composition-1k", "set: no folder trimap or trimaps in it"),
        ("alphamatting", "set: no folder trimap1 in it"),
        ("folder", "set: no folder trimap in it"),
    ],
)
def test_a_folder_of_another_layout_is_refused(draw, layout, message):
    draw("set/input", cat=0)
    folder = draw("set/alpha", cat=0).parent
    with pytest.raises(UserError, match=message):
        open_test_set(layout, folder)


def test_a_photo_without_partners_is_refused(draw, tmp_path):
    draw("input", cat=0, dog=0)
    for folder in ("alpha", "trimap"):
        draw(folder, cat=0)
    with pytest.raises(UserError, match="trimap: no picture for dog;"):
        open_test_set("folder", tmp_path)
    with pytest.raises(UserError, match="nowhere: no such folder"):
        open_test_set("folder", tmp_path / "nowhere")
