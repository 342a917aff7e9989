"""The page in examples/browser in a headless Chromium: it finds the alpha that ONNX Runtime finds in Python."""

import functools
import http.server
import shutil
import threading

import numpy as np
import pytest
from PIL import Image

from helpers.goldens import ROOT

sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PAGE = ROOT / "examples/browser"
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium or Chrome on the path"),
    pytest.mark.skipif(
        not (PAGE / "node_modules/onnxruntime-web").exists(),
        reason="needs onnxruntime-web: npm install --prefix examples/browser",
    ),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def page(tmp_path_factory, network):
    """The page, as docs/serving.md says to serve it; what it asks of other hosts fails the test."""
    folder = tmp_path_factory.mktemp("browser")
    (folder / "index.html").symlink_to(PAGE / "index.html")
    (folder / "node_modules").symlink_to(PAGE / "node_modules")
    (folder / "hop.onnx").symlink_to(network)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(60_000)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_function("document.getElementById('status').textContent == 'Ready.'")
        yield page
        assert [url for url in asked if not url.startswith((address, "blob:", "data:"))] == []
        browser.close()
    server.shutdown()
    server.server_close()


def matte(page, photo, trimap):
    """Choose both files, press the button and return the status when it is done."""
    page.set_input_files("#photo", photo)
    page.set_input_files("#trimap", trimap)
    page.click("#start")
    page.wait_for_selector("#start:enabled")
    return page.inner_text("#status")


def test_the_cutout_has_the_alpha_of_onnx_runtime_in_python(page, macaw):
    photo, trimap, expected = macaw
    assert "computed at 160 x 120." in matte(page, photo, trimap)
    alpha = np.reshape(page.evaluate("Array.from(alpha.values)"), expected.shape)
    assert np.abs(alpha - expected).max() <= 1e-5
    with page.expect_download() as download:
        page.click("#save")
    cutout = np.asarray(Image.open(download.value.path()))
    assert download.value.suggested_filename == "cutout.png"
    assert np.abs(cutout[..., 3] - 255 * expected).max() <= 0.51
    opaque = cutout[..., 3] == 255
    assert opaque.any()
    np.testing.assert_array_equal(cutout[opaque][:, :3], np.asarray(Image.open(photo))[opaque])


def test_a_trimap_of_another_size_is_explained(page, macaw, tmp_path):
    Image.new("L", (30, 20), 128).save(tmp_path / "small.png")
    assert matte(page, macaw[0], tmp_path / "small.png") == "The photo is 160 x 120, the trimap 30 x 20."
    assert page.is_hidden("#save") and page.is_hidden("#result")


@pytest.mark.slow
def test_a_large_photo_is_computed_smaller_and_cut_out_at_its_size(page, macaw, tmp_path):
    for path in macaw[:2]:
        Image.open(path).resize((1600, 1200), Image.Resampling.NEAREST).save(tmp_path / path.name)
    assert "computed at 1155 x 866." in matte(page, tmp_path / "photo.png", tmp_path / "trimap.png")
    with page.expect_download() as download:
        page.click("#save")
    assert Image.open(download.value.path()).size == (1600, 1200)
