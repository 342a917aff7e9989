"""The program in examples/cpp, built by CMake: it finds the alpha that ONNX Runtime finds in Python."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from helpers.goldens import ROOT
from hop_tf.pictures.eight_bit import to_uint8

LIBRARY = next(Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so.*"), None)  # that of Python
PLACES = [*filter(None, os.environ.get("CMAKE_INCLUDE_PATH", "").split(":")), "/usr/include", "/usr/local/include"]
HEADERS = {"onnxruntime/onnxruntime_cxx_api.h": "libonnxruntime-dev", "stb/stb_image.h": "libstb-dev"}
MISSING = [package for header, package in HEADERS.items() if not any(Path(x, header).exists() for x in PLACES)]
pytestmark = [
    pytest.mark.skipif(not (shutil.which("cmake") and shutil.which("c++")), reason="needs CMake and a C++ compiler"),
    pytest.mark.skipif(LIBRARY is None, reason="needs the libonnxruntime.so of ONNX Runtime's Linux wheels"),
    pytest.mark.skipif(
        MISSING != [], reason=f"needs {', '.join(MISSING)}: apt-get install, or their headers in CMAKE_INCLUDE_PATH"
    ),
]


def run(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


@pytest.fixture(scope="module")
def hop_matte(tmp_path_factory):
    """Path of the program."""
    folder = tmp_path_factory.mktemp("cpp")
    (folder / "lib").mkdir()
    for name in ("libonnxruntime.so", "libonnxruntime.so.1"):
        (folder / "lib" / name).symlink_to(LIBRARY)
    source = "-S", ROOT / "examples/cpp", "-B", folder / "build", f"-DONNXRUNTIME_ROOT={folder}"
    for command in (
        ["cmake", *source, "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror"],
        ["cmake", "--build", folder / "build"],
    ):
        done = run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "build" / "hop_matte"


def test_alpha_is_that_of_onnx_runtime_in_python(hop_matte, macaw, network, tmp_path):
    photo, trimap, expected = macaw
    done = run(hop_matte, network, photo, trimap, tmp_path / "alpha.png")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"wrote {tmp_path / 'alpha.png'}\n", "")
    alpha = np.asarray(Image.open(tmp_path / "alpha.png"))
    assert np.abs(alpha.astype(int) - to_uint8(expected)).max() <= 1


def test_errors_are_one_line(hop_matte, macaw, network, tmp_path):
    photo, trimap, _ = macaw
    Image.new("L", (30, 20), 128).save(tmp_path / "small.png")
    (tmp_path / "text.png").write_text("text")
    wrong = {
        (network, photo, tmp_path / "small.png"): "small.png: is 30 x 20 pixels but the photo is 160 x 120",
        (network, tmp_path / "text.png", trimap): "text.png: unknown image type; expected a PNG or JPEG file",
        (tmp_path / "hop.onnx", photo, trimap): "File doesn't exist",
        (network, photo): "usage: hop_matte NETWORK.onnx PHOTO TRIMAP ALPHA.png",
    }
    for arguments, message in wrong.items():
        done = run(hop_matte, *arguments, tmp_path / "alpha.png")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1 and message in done.stderr
    assert not (tmp_path / "alpha.png").exists()
