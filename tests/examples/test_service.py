"""examples/service.py over HTTP: right answers, one-line errors with their status, limits, and many clients."""

import asyncio
import contextlib
import http.client
import io
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from helpers.goldens import ROOT
from hop_tf.inference.predictor import Predictor
from hop_tf.pictures.eight_bit import to_uint8
from hop_tf.pictures.writing import write_picture

for package in ("fastapi", "multipart", "uvicorn"):
    pytest.importorskip(package, reason="needs FastAPI: pip install fastapi uvicorn python-multipart")
httpx = pytest.importorskip("httpx", reason="needs HTTPX: pip install httpx")

PHOTOS = np.random.default_rng(5).integers(0, 256, (4, 40, 64, 3), np.uint8)
TRIMAP = np.full((40, 64), 128, np.uint8)
TRIMAP[:, :16], TRIMAP[:, 48:] = 0, 255


def png(array):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


def form(photo, trimap=TRIMAP):
    as_file = {name: x if isinstance(x, bytes) else png(x) for name, x in {"photo": photo, "trimap": trimap}.items()}
    return {name: (name, content) for name, content in as_file.items() if content}


@contextlib.contextmanager
def serving(*options):
    """Serve in a process of its own; yields the address and the process."""
    command = [sys.executable, "-m", "uvicorn", "--app-dir", ROOT / "examples", "service:app", "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            found = next(filter(None, (re.search(r"http://\S+", line) for line in server.stderr)))
            threading.Thread(target=server.stderr.read, daemon=True).start()
            yield found[0], server
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def service():
    """The module, served in this process, and its address."""
    import uvicorn

    from hop_tf.examples import service

    server = uvicorn.Server(uvicorn.Config(service.app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield service, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def post(service):
    with httpx.Client(timeout=30) as client:
        yield lambda files: client.post(f"{service[1]}/matte", files=files)


@pytest.fixture(scope="module")
def expected():
    predictor = Predictor()
    return [to_uint8(predictor.predict(photo, TRIMAP)) for photo in PHOTOS]


def ask_for(seconds, address, expected, clients=16):
    """Let clients ask one request after the other; returns the number of answers, all of which must be right."""
    end = time.monotonic() + seconds

    def ask(number):
        count = 0
        while not count or time.monotonic() < end:
            which = (number + count) % len(PHOTOS)
            answer = client.post(f"{address}/matte", files=form(PHOTOS[which]))
            assert answer.status_code == 200, answer.text
            np.testing.assert_array_equal(Image.open(io.BytesIO(answer.content)), expected[which])
            count += 1
        return count

    with httpx.Client(timeout=60) as client, ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(ask, range(clients)))


def test_sixteen_clients_get_the_alpha_that_the_predictor_finds(service, expected):
    assert ask_for(0.5, service[1], expected) >= 16


@pytest.mark.slow
def test_for_a_minute_sixteen_clients_lose_nothing_and_memory_stays_flat(expected):
    psutil = pytest.importorskip("psutil")
    with serving() as (address, server):
        memory = psutil.Process(server.pid).memory_info
        count, before = ask_for(15, address, expected), memory().rss
        count += ask_for(45, address, expected)
        print(f"{count} answers; {before / 1e6:.0f} MB after 15 s, {memory().rss / 1e6:.0f} MB after 60 s")
        assert memory().rss <= 1.05 * before


@pytest.mark.parametrize(
    ("files", "status", "detail"),
    [
        (form(PHOTOS[0], b""), 422, "expected a form with two files, photo and trimap"),
        (form(b"text"), 400, "photo: not a picture that can be read; expected PNG, JPEG, TIFF or WebP"),
        (form(PHOTOS[0], png(TRIMAP)[:60]), 400, "trimap: damaged or truncated"),
        (form(PHOTOS[0], TRIMAP[:30]), 422, "trimap: is 64 x 30 pixels but photo is 64 x 40; expected the same size"),
        (form(PHOTOS[0], TRIMAP // 200 * 255), 422, "trimap: a mask of 0 and 255, in which no pixel is unknown"),
        (form(np.zeros((5000, 5000), np.uint8)), 413, "photo: expected at most 24 megapixels"),
        (form(b"P5 65536 65536 255\n"), 413, "photo: expected at most 24 megapixels"),
    ],
)
def test_errors_are_one_line_with_their_status(post, files, status, detail):
    answer = post(files)
    assert (answer.status_code, answer.json().keys()) == (status, {"detail"})
    assert answer.json()["detail"].startswith(detail)
    assert "\n" not in answer.json()["detail"] and "/" not in answer.json()["detail"]


@pytest.mark.parametrize("header", [("Content-Length", "32000001"), ("Transfer-Encoding", "chunked")])
def test_a_request_that_is_too_long_is_refused_before_it_is_read(service, header):
    connection = http.client.HTTPConnection(service[1].removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/matte")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader(*header)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (413, b'{"detail":"expected a request of stated length, at most 32 MB"}')
    connection.close()


def test_late_requests_are_dropped_and_the_next_one_is_served(service, post, expected, monkeypatch):
    module, _ = service
    begun = []

    def slow(photo, trimap):
        begun.append(photo)
        time.sleep(0.6)
        return np.zeros(trimap.shape)

    with monkeypatch.context() as patch:
        patch.setattr(module, "SECONDS", 0.3)
        patch.setattr(module.predictor, "predict", slow)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(post, [form(PHOTOS[0])] * 8))
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.text for answer in answers} == {'{"detail":"busy: no answer within 0.3 s"}'}
    assert answers[0].headers["Retry-After"] == "10"
    answer = post(form(PHOTOS[1]))
    np.testing.assert_array_equal(Image.open(io.BytesIO(answer.content)), expected[1])
    assert len(begun) == 2  # those that the two threads had begun; the others were given up before


def test_an_answer_that_was_begun_is_not_followed_by_another(service, monkeypatch):
    monkeypatch.setattr(service[0], "SECONDS", 0.05)
    sent = []

    async def send(message):
        sent.append(message["type"])

    async def begin(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        await asyncio.sleep(5)

    with pytest.raises(TimeoutError):
        asyncio.run(service[0].Limits(begin)({"type": "http", "method": "GET", "headers": []}, None, send))
    assert sent == ["http.response.start"]


def test_openexr_photos_keep_the_limit_of_megapixels(post, monkeypatch, service, tmp_path):
    pytest.importorskip("OpenEXR")
    write_picture(tmp_path / "photo.exr", PHOTOS[0])
    monkeypatch.setattr(service[0], "MEGAPIXELS", 0.001)
    answer = post(form((tmp_path / "photo.exr").read_bytes()))
    assert (answer.status_code, answer.json()) == (413, {"detail": "photo: expected at most 0.001 megapixels"})


def test_uploads_leave_no_files(service, post, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert post(form(PHOTOS[0])).status_code == 200
    assert post(form(b"text")).status_code == 400
    assert os.listdir(tmp_path) == []
