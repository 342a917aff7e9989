import pytest

from hop_tf.export.engines.options import EngineOptions, Profile
from hop_tf.export.engines.profiles import profile_shapes
from hop_tf.export.errors import ExportError

ANY = {"image": (-1, -1, -1, 3), "trimap": (-1, -1, -1, 1)}
BOTH = {"image": (1, 64, 96, 3), "trimap": (1, 64, 96, 1)}


def options(smallest=None, best=None, largest=None):
    return EngineOptions(profiles=(Profile(smallest, best, largest),))


def test_a_fixed_network_has_no_profile():
    assert profile_shapes({"image": (1, 64, 96, 3)}, EngineOptions()) == []


def test_by_default_a_batch_is_up_to_8_and_a_size_up_to_2048():
    assert profile_shapes({"image": (-1, 64, 96, 3)}, EngineOptions()) == [
        {"image": ((1, 64, 96, 3), (1, 64, 96, 3), (8, 64, 96, 3))}
    ]
    (profile,) = profile_shapes(ANY, EngineOptions())
    assert profile["trimap"] == ((1, 64, 64, 1), (1, 1024, 1024, 1), (1, 2048, 2048, 1))


def test_optimal_shapes_given_alone_are_the_only_shapes():
    assert profile_shapes(ANY, options(best=BOTH)) == [{name: (shape,) * 3 for name, shape in BOTH.items()}]


def test_each_profile_has_shapes_of_its_own():
    larger = {name: (4, *shape[1:]) for name, shape in BOTH.items()}
    several = EngineOptions(profiles=(Profile(opt=BOTH), Profile(BOTH, BOTH, larger)))
    assert [ranges["image"][2] for ranges in profile_shapes(ANY, several)] == [(1, 64, 96, 3), (4, 64, 96, 3)]
    with pytest.raises(ExportError, match="--optShapes is missing"):
        profile_shapes(ANY, EngineOptions(profiles=(Profile(opt=BOTH), Profile(BOTH))))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (options(BOTH), "--optShapes is missing"),
        (options(BOTH, BOTH), "--maxShapes is missing"),
        (options(best={"image": (1, 64, 96, 3)}), "dynamic input trimap is missing"),
        (options(best=BOTH | {"photo": (1,)}), "no input photo; the network has image, trimap"),
        (options(best=BOTH | {"image": (1, 64, 96, 4)}), r"image is \?x\?x\?x3, not 1x64x96x4"),
        (options(best=BOTH | {"image": (64, 96, 3)}), "not 64x96x3"),
        (options(BOTH, BOTH | {"image": (1, 64, 64, 3)}, BOTH), "image: .*must not decrease: 1x64x96x3, 1x64x64x3"),
    ],
)
def test_shapes_that_do_not_fit_are_reported(given, message):
    with pytest.raises(ExportError, match=message):
        profile_shapes(ANY, given)
