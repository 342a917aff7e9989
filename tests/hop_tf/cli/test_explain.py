import sys

import pytest
from PIL import Image

from hop_tf.cli.app import main

COMMAND = "explain"


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Path of a small network with HOP blocks."""
    from hop_tf import HOPMatting

    path = tmp_path_factory.mktemp("network") / "small.keras"
    HOPMatting(window_size=3, width=0.25, local_hops=1).save(path)
    return path


def test_draws_gradients_and_attention_and_says_how_far_they_reach(network, pair, tmp_path, capsys):
    output = tmp_path / "explained.png"
    assert main(["explain", *map(str, pair), "--pixel", "12,9", "--weights", str(network), "-o", str(output)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("with HOP blocks: alpha 0.") and "90 % within" in lines[0]
    assert lines[1].startswith("with HOP blocks bypassed: alpha 0.")
    assert lines[2] == f"wrote {output}"
    with Image.open(output) as picture:
        assert picture.width > 1000 and len(picture.convert("RGB").getcolors(10**7)) > 100


@pytest.mark.parametrize(
    "pixel, parts",
    [
        ("3,9", ["--pixel 3,9: known in", "choose an unknown"]),
        ("30,9", ["--pixel 30,9: outside of", "30 x 20 pixels"]),
        ("12;9", ["expected X,Y"]),
        ("-1,9", ["--pixel"]),
    ],
)
def test_a_pixel_that_cannot_be_explained_is_named(fails_with, pair, tmp_path, pixel, parts):
    fails_with([*pair, "--pixel", pixel, "-o", tmp_path / "x.png"], *parts)


def test_a_network_of_another_kind_is_refused(fails_with, pair, weights, tmp_path):
    fails_with([*pair, "--pixel", "12,9", "-o", tmp_path / "x.png", "--weights", weights], weights, "HOPMatting")


def test_a_preset_without_weights_is_refused(fails_with, pair, tmp_path):
    fails_with([*pair, "--pixel", "12,9", "-o", tmp_path / "x.png", "--preset", "no_hop"], "no bundled weights")


def test_without_matplotlib_the_command_to_install_it_is_given(fails_with, pair, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    fails_with([*pair, "--pixel", "12,9", "-o", tmp_path / "x.png"], 'pip install "hop-tf[report]"')
