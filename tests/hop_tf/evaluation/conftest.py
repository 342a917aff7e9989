import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def draw(tmp_path):
    """A function that writes arrays, or grey levels as 20 x 30 pictures, below the temporary folder."""

    def write(folder, **pictures):
        for name, content in pictures.items():
            path = tmp_path / folder / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            content = np.full((20, 30), content) if np.isscalar(content) else content
            Image.fromarray(np.asarray(content, np.uint8)).save(path)
        return tmp_path / folder

    return write
