"""The page in a browser: upload, mark, cut out, download. Skipped where Gradio, Playwright or a Chromium is missing."""

import contextlib
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
RED, GREEN, BLUE, WHITE = (200, 40, 40), (40, 160, 60), (9, 80, 160), (255, 255, 255)


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
    with contextlib.closing(browser.new_context(viewport={"width": 1280, "height": 800})) as context:
        page = context.new_page()
        page.set_default_timeout(30_000)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector("#marked canvas")
        yield page
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


@pytest.fixture
def cat(tmp_path):
    """A red square on green."""
    path = tmp_path / "my cat.png"
    picture = np.full((*SIZE, 3), GREEN, np.uint8)
    picture[25:75, 50:100] = RED
    Image.fromarray(picture).save(path)
    return path


def upload(page, field, path):
    page.set_input_files(f"[data-testid='{field}-upload-button']", path)


def upload_photo(page, path):
    upload(page, "Choose a photo", path)
    page.wait_for_selector("#marked .empty", state="hidden")


def answered(page, act):
    """Acts, and waits for the trimap that follows."""
    page.evaluate("window.before = document.querySelector('#marked canvas').dataset.answer")
    act()
    page.wait_for_function("document.querySelector('#marked canvas').dataset.answer !== window.before")


def until_changed(page, name, act):
    """Acts, and waits until another file of this name can be downloaded."""
    link = f"#files a[download='{name}']"
    before = page.get_attribute(link, "href") if page.query_selector(link) else None
    act()
    changed = (
        "([link, before]) => (document.querySelector(link) ?? {}).href && document.querySelector(link).href != before"
    )
    page.wait_for_function(changed, arg=[link, before])


def take(page, tool):
    page.click(f"#marked .tools label:has-text('{tool}')")


def drag(page, *points):
    """Moves the pressed pointer from point to point; (0, 0) and (1, 1) are corners of the photo."""
    box = page.locator("#marked canvas").bounding_box()
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def mark(page, tool, *points):
    take(page, tool)
    answered(page, lambda: drag(page, *points))


def colour_on_canvas(page, x, y):
    return page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector("#marked canvas");
            const {data} = canvas.getContext("2d").getImageData(x * canvas.width, y * canvas.height, 1, 1);
            return [...data.slice(0, 3)];
        }""",
        [x, y],
    )


def cut_out(page):
    until_changed(page, "my cat_alpha.png", lambda: page.click("#start"))


def download(page, name):
    with page.expect_download() as waiting:
        page.click(f"#files a[download='{name}']")
    return np.asarray(Image.open(waiting.value.path()))


def test_a_photo_and_its_trimap_become_pictures_to_download(page, cat, tmp_path):
    trimap = np.full(SIZE, 128, np.uint8)
    trimap[:, :50], trimap[:, 100:] = 0, 255
    Image.fromarray(trimap).save(tmp_path / "trimap.png")
    upload_photo(page, cat)
    answered(page, lambda: upload(page, "Trimap or mask", tmp_path / "trimap.png"))
    cut_out(page)
    np.testing.assert_array_equal(download(page, "my cat_alpha.png"), trimap)
    np.testing.assert_array_equal(download(page, "my cat_trimap.png"), trimap)
    np.testing.assert_array_equal(download(page, "my cat_cutout.png")[:, :, 3], trimap)
    Image.new("RGB", (7, 5), BLUE).save(tmp_path / "sea.png")
    page.click("#background label:has-text('Picture')")
    until_changed(
        page,
        "my cat_composite.png",
        lambda: page.set_input_files("#picture input[type=file]", tmp_path / "sea.png"),
    )
    composite = download(page, "my cat_composite.png")
    np.testing.assert_array_equal(composite[50, [20, 130]], [BLUE, GREEN])


def test_from_a_box_to_a_cut_out_on_white(page, cat):
    upload_photo(page, cat)
    red, green = colour_on_canvas(page, 0.5, 0.5), colour_on_canvas(page, 0.1, 0.1)
    mark(page, "Box", (0.25, 0.12), (0.75, 0.88))
    found, left = colour_on_canvas(page, 0.5, 0.5), colour_on_canvas(page, 0.1, 0.1)
    assert found[2] > red[2] + 30 and left[2] > green[2] + 30  # magenta over red, blue over green
    cut_out(page)
    assert "my%20cat_cutout.png" in page.get_attribute("#result img", "src").replace(" ", "%20")
    trimap = download(page, "my cat_trimap.png")
    assert (trimap[35:65, 60:90] == 255).all() and (trimap[:15] == 0).all() and (trimap[50, 49:51] == 128).all()
    page.click("#background label:has-text('White')")
    page.wait_for_selector("#files a[download='my cat_composite.png']")
    np.testing.assert_array_equal(download(page, "my cat_composite.png")[[10, 50], [10, 75]], [WHITE, RED])


def test_undo_takes_marks_back_one_by_one(page, cat):
    def middle():
        return np.array(colour_on_canvas(page, 0.5, 0.5))

    def is_near(colour):
        return np.abs(middle() - colour).max() < 5

    upload_photo(page, cat)
    plain = middle()
    mark(page, "Box", (0.25, 0.12), (0.75, 0.88))
    found = middle()
    mark(page, "Unknown", (0.4, 0.5), (0.6, 0.5))
    assert not is_near(found) and not is_near(plain)
    answered(page, lambda: page.keyboard.press("Control+z"))
    assert is_near(found)
    answered(page, lambda: page.click("#marked button:has-text('Undo')"))
    assert is_near(plain)
    page.click("#start")
    page.wait_for_selector("text=nothing is marked yet; drag a box around the object first")
    answered(page, lambda: page.click("#marked button:has-text('Redo')"))
    assert is_near(found)
    answered(page, lambda: page.click("#marked button:has-text('Start over')"))
    assert is_near(plain) and page.is_disabled("#marked button:has-text('Undo')")


def test_strokes_are_the_trimap_and_may_begin_outside_the_photo(page, cat):
    upload_photo(page, cat)
    page.evaluate("document.querySelector('#marked canvas').style.aspectRatio = '2 / 1'")  # a margin left and right
    page.uncheck("#marked .guides")
    mark(page, "Unknown", (0.01, 0.5), (0.5, 0.5))
    cut_out(page)
    page.wait_for_selector("text=no pixel is foreground")
    trimap = download(page, "my cat_trimap.png")
    assert trimap.shape == SIZE
    assert (trimap[50, :70] == 128).all() and (trimap[50, 90:] == 0).all() and (trimap[[20, 80]] == 0).all()
    mark(page, "Foreground", (0.5, 0.2), (0.5, 0.8))
    mark(page, "Eraser", (0.3, 0.3), (0.3, 0.7))
    mark(page, "Unknown", (-0.03, 0.95), (0.5, 0.95))  # beside the canvas
    cut_out(page)
    trimap = download(page, "my cat_trimap.png")
    assert (trimap[30:70, 75] == 255).all() and trimap[50, 60] == 128 and trimap[50, 35] == 0
    assert (trimap[95, :70] == 128).all() and (trimap[95, 90:] == 0).all()


def test_a_portrait_photo_and_the_main_button_fit_the_window(page, tmp_path):
    Image.new("RGB", (300, 400), RED).save(tmp_path / "portrait.png")
    upload_photo(page, tmp_path / "portrait.png")
    canvas, start = (page.locator(selector).bounding_box() for selector in ("#marked canvas", "#start"))
    assert canvas["height"] > 500 and canvas["y"] + canvas["height"] < 800
    assert start["y"] + start["height"] < 200


def test_wrong_input_is_the_line_of_the_command_line(page, cat, tmp_path):
    page.click("#start")
    page.wait_for_selector("text=there is no photo yet")
    upload_photo(page, cat)
    page.click("#start")
    page.wait_for_selector("text=nothing is marked yet")
    small = tmp_path / "small.png"
    Image.fromarray(np.eye(4, 5, dtype=np.uint8) * 128).save(small)
    upload(page, "Trimap or mask", small)
    page.wait_for_selector("text=small.png: is 5 x 4 pixels but my cat.png is 150 x 100; expected the same size")


def test_an_error_is_gone_when_it_is_no_longer_true_and_comes_again_while_it_is(page, cat, tmp_path):
    messages = page.get_by_test_id("toast-text")
    page.click("#start")
    sync_api.expect(messages).to_have_text("there is no photo yet; choose one first")
    (tmp_path / "text.png").write_bytes(b"text")
    upload(page, "Choose a photo", tmp_path / "text.png")
    sync_api.expect(messages).to_contain_text("text.png: not a picture")
    upload_photo(page, cat)
    sync_api.expect(messages).to_have_count(0)
    page.click("#start")
    sync_api.expect(messages).to_have_text("nothing is marked yet; drag a box around the object first")
    mark(page, "Box", (0.25, 0.12), (0.75, 0.88))
    sync_api.expect(messages).to_have_count(0)


def test_the_example_shows_its_photo_and_trimap(page):
    answered(page, lambda: page.click("#example"))
    assert page.is_hidden("#marked .empty")
    with page.expect_response(lambda response: "macaws_cutout.png" in response.url):
        page.click("#start")
