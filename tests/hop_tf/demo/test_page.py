"""The page in a browser: upload, paint, matte, download. Skipped where Gradio, Playwright or a Chromium is missing."""

import contextlib
import re
import shutil
import socket

import numpy as np
import pytest
from PIL import Image

gradio = pytest.importorskip("gradio", reason='needs Gradio: pip install "hop-tf[demo]"')
sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium or Chrome on the path")

SIZE = 100, 150
RED, BACKGROUND = (200, 40, 40), (210, 225, 235)
UNKNOWN, FOREGROUND = 0, 1  # places among the brush's colours


class HalfEverywhere:
    """Stands in for a network: what is unknown has alpha 128 / 255."""

    def predict(self, image, trimap):
        return np.choose(trimap // 127, [0, 128 / 255, 1]).astype(np.float32)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    from hop_tf.demo.page import build_page, launch_page

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = str(tmp_path_factory.mktemp("results"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        patch.setenv("GRADIO_TEMP_DIR", folder)
        patch.chdir(folder)  # Gradio serves files from the working directory, and a user's is no checkout
        page = build_page(HalfEverywhere(), folder, 1)
        yield launch_page(page, "127.0.0.1", port, 1)
        page.close(verbose=False)


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        software = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=software)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, address):
    """The page, open; whatever it asks of other hosts fails the test."""
    with contextlib.closing(browser.new_context(viewport={"width": 1500, "height": 1000})) as context:
        page = context.new_page()
        page.set_default_timeout(30_000)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector("#painted canvas")
        yield page
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


@pytest.fixture
def cat(tmp_path):
    path = tmp_path / "my cat.png"
    Image.new("RGB", SIZE[::-1], RED).save(path)
    return path


def upload(page, field, path):
    page.set_input_files(f"#{field} input[type=file]", path)
    page.wait_for_selector(f"#{field} .file-preview")


def upload_to_paint(page, photo):
    zoom = page.locator("#painted").get_by_text(re.compile(r"^\s*\d+%\s*$"))
    before = zoom.inner_text()
    upload(page, "photo", photo)
    sync_api.expect(zoom).not_to_have_text(before)  # the photo has come
    page.wait_for_timeout(1000)  # and moved into its place


def until_changed(page, name, act):
    """Acts, and waits until another file of this name can be downloaded."""
    link = f"#files a[download='{name}']"
    before = page.get_attribute(link, "href") if page.query_selector(link) else None
    act()
    changed = (
        "([link, before]) => (document.querySelector(link) ?? {}).href && document.querySelector(link).href != before"
    )
    page.wait_for_function(changed, arg=[link, before])


def take_brush(page, colour):
    page.click("#painted button[aria-label=Brush]")
    page.click("#painted button[aria-label=Color]")
    page.click(f"#painted menu button >> nth={colour}")


def drag(page, *points):
    """Moves the pressed pointer from point to point; (0, 0) and (1, 1) are corners of the canvas."""
    box = page.locator("#painted canvas").first.bounding_box()
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=2)
    page.mouse.up()


def stroke(page, colour):
    """Paints from left to right across the middle of the photo with the brush of this number."""
    take_brush(page, colour)
    drag(page, (0.36, 0.5), (0.64, 0.5))


def find(page):
    until_changed(page, "my cat_alpha.png", lambda: page.click("#start"))


def download(page, name):
    with page.expect_download() as waiting:
        page.click(f"#files a[download='{name}']")
    return np.asarray(Image.open(waiting.value.path()))


def test_a_photo_and_its_trimap_become_pictures_to_download(page, cat, tmp_path):
    trimap = np.full(SIZE, 128, np.uint8)
    trimap[:, :50], trimap[:, 100:] = 0, 255
    Image.fromarray(trimap).save(tmp_path / "trimap.png")
    upload(page, "photo", cat)
    upload(page, "trimap", tmp_path / "trimap.png")
    find(page)
    np.testing.assert_array_equal(download(page, "my cat_alpha.png"), trimap)
    np.testing.assert_array_equal(download(page, "my cat_trimap.png"), trimap)
    cutout, composite = download(page, "my cat_cutout.png"), download(page, "my cat_composite.png")
    np.testing.assert_array_equal(cutout[:, :, 3], trimap)
    np.testing.assert_array_equal(composite[50, [20, 130]], [BACKGROUND, RED])
    Image.new("RGB", (7, 5), (9, 80, 160)).save(tmp_path / "sea.png")
    page.get_by_role("tab", name="On a background").click()
    until_changed(page, "my cat_composite.png", lambda: upload(page, "picture", tmp_path / "sea.png"))
    composite = download(page, "my cat_composite.png")
    np.testing.assert_array_equal(composite[50, [20, 130]], [(9, 80, 160), RED])


def test_strokes_are_the_trimap_and_later_ones_count(page, cat):
    upload_to_paint(page, cat)
    stroke(page, UNKNOWN)
    find(page)
    page.wait_for_selector("text=no pixel is foreground")
    trimap = download(page, "my cat_trimap.png")
    assert trimap.shape == SIZE
    assert set(np.unique(trimap)) == {0, 128}
    assert trimap[50, 75] == trimap[50, 50] == 128
    painted = (trimap == 128).mean()
    assert 0.01 < painted < 0.5
    page.check("input[type=radio][value=unknown]")
    stroke(page, FOREGROUND)
    find(page)
    trimap = download(page, "my cat_trimap.png")
    assert trimap[50, 75] == 255 and trimap[0, 0] == 128
    assert (trimap == 255).mean() == pytest.approx(painted, rel=0.05)


def test_strokes_that_begin_outside_the_photo_are_clipped_to_it(page, cat):
    upload_to_paint(page, cat)
    take_brush(page, UNKNOWN)
    drag(page, (0.01, 0.5), (0.5, 0.5))  # Gradio leaves a margin of 0.05 or more around the photo
    find(page)
    trimap = download(page, "my cat_trimap.png")
    assert (trimap[50, :70] == 128).all() and (trimap[50, 110:] == 0).all()  # the brush is 50 wide
    assert (trimap[[10, 90]] == 0).all()
    drag(page, (0.99, 0.2), (0.6, 0.2))
    find(page)
    trimap = download(page, "my cat_trimap.png")
    assert (trimap[15, 100:] == 128).all() and (trimap[60:, 110:] == 0).all()


def test_wrong_input_is_the_line_of_the_command_line(page, cat, tmp_path):
    page.click("#start")
    page.wait_for_selector("text=there is no photo yet")
    upload(page, "photo", cat)
    page.click("#start")
    page.wait_for_selector("text=no pixel is unknown; paint the outline")
    small = tmp_path / "small.png"
    Image.fromarray(np.zeros((4, 5), np.uint8)).save(small)
    upload(page, "trimap", small)
    page.wait_for_selector("text=small.png: is 5 x 4 pixels but my cat.png is 150 x 100; expected the same size")


def test_an_error_is_gone_when_it_is_no_longer_true_and_comes_again_while_it_is(page, cat, tmp_path):
    messages = page.get_by_test_id("toast-text")
    page.click("#start")
    sync_api.expect(messages).to_have_text("there is no photo yet; drop one into the Photo field")
    (tmp_path / "text.png").write_bytes(b"text")
    upload(page, "photo", tmp_path / "text.png")
    sync_api.expect(messages).to_contain_text("text.png: not a picture")
    page.click("#photo button[aria-label='Remove this file'], #photo button[aria-label=Clear]")
    sync_api.expect(messages).to_have_count(0)
    page.click("#start")
    sync_api.expect(messages).to_have_text("there is no photo yet; drop one into the Photo field")
    upload(page, "photo", cat)
    sync_api.expect(messages).to_have_count(0)


def test_the_example_shows_its_photo_and_trimap(page):
    page.click("#example")
    page.wait_for_selector("#photo .file-preview >> text=macaws")
    page.wait_for_selector("#trimap .file-preview >> text=macaws_trimap")
