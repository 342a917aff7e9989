import numpy as np
import pytest
from PIL import Image

from helpers.goldens import ROOT
from hop_tf.inference.runtimes.onnx import OnnxNetwork

NETWORK = ROOT / "hop_tf/weights/hop_s_9x9.onnx"


@pytest.fixture(scope="session")
def network():
    """Path of the bundled ONNX file."""
    return NETWORK


@pytest.fixture(scope="session")
def macaw(tmp_path_factory):
    """Paths of a part of the macaws and its trimap, and the alpha that ONNX Runtime finds in Python."""
    folder = tmp_path_factory.mktemp("macaw")
    photo, trimap = (Image.open(ROOT / "examples" / name) for name in ("macaws.jpg", "macaws_trimap.png"))
    part = 400, 90, 560, 210
    photo, trimap = photo.convert("RGB").crop(part), trimap.convert("L").crop(part)
    photo.save(folder / "photo.png")
    trimap.save(folder / "trimap.png")
    alpha = OnnxNetwork(NETWORK)(np.asarray(photo)[None], np.asarray(trimap)[None, ..., None])[0, ..., 0]
    assert 0.1 < ((alpha > 0.01) & (alpha < 0.99)).mean()  # much of it is neither background nor foreground
    return folder / "photo.png", folder / "trimap.png", np.asarray(alpha)
