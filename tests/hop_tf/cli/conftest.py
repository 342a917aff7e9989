"""Pictures in a temporary folder, and a network whose alpha is the red channel divided by 255."""

import numpy as np
import pytest
from PIL import Image

from helpers.red_channel import red_channel_network
from helpers.said import said
from hop_tf.cli.app import main


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """Path of the network as a `.keras` file."""
    path = tmp_path_factory.mktemp("network") / "red.keras"
    red_channel_network().save(path)
    return path


@pytest.fixture
def draw(tmp_path):
    """A function that writes an array, or a grey level as a 20 x 30 picture, and returns the path."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if np.isscalar(content):
            content = np.full((20, 30), content)
        Image.fromarray(np.asarray(content, np.uint8)).save(path)
        return path

    return write


@pytest.fixture
def photo_array():
    return np.random.default_rng(3).integers(0, 256, (20, 30, 3), dtype=np.uint8)


@pytest.fixture
def trimap_array():
    """Background left, foreground right, unknown between."""
    trimap = np.full((20, 30), 128, np.uint8)
    trimap[:, :8], trimap[:, 22:] = 0, 255
    return trimap


@pytest.fixture
def expected_alpha(photo_array, trimap_array):
    """The 8-bit alpha that the network of `weights` finds."""
    return np.where(trimap_array == 128, photo_array[:, :, 0], trimap_array)


@pytest.fixture
def files_in(tmp_path):
    """A function that names all files and folders below the temporary folder."""
    return lambda: sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))


@pytest.fixture
def pair(draw, photo_array, trimap_array):
    """Paths of a photo and its trimap."""
    return draw("cat.png", photo_array), draw("cat_trimap.png", trimap_array)


@pytest.fixture
def fails_with(request, capsys, files_in):
    """A function that runs the module's COMMAND, which must fail with one line holding `parts` and write nothing."""

    def check(argv, *parts):
        before = files_in()
        said(capsys)
        code = main([request.module.COMMAND, *map(str, argv)])
        captured = said(capsys)
        assert code == 2
        assert captured.out == ""
        assert captured.err.startswith("error: ")
        assert captured.err.count("\n") == 1
        for part in parts:
            assert str(part) in captured.err
        assert files_in() == before

    return check
