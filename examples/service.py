"""A matting service: POST a photo and a trimap to /matte, get the alpha matte as a PNG file.

    pip install fastapi uvicorn python-multipart
    python -m uvicorn --app-dir examples service:app

docs/serving.md describes its limits and errors.
"""

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import FastAPI, HTTPException, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import Headers

from hop_tf import Predictor
from hop_tf.errors import UserError
from hop_tf.pictures.eight_bit import to_uint8
from hop_tf.pictures.image_error import ImageError, TooLargeError
from hop_tf.pictures.reading import check_same_size, read_photo, read_size, read_trimap
from hop_tf.pictures.trimap_check import check_trimap
from hop_tf.pictures.writing import write_png

MEGABYTES, MEGAPIXELS, SECONDS = 32, 24, 60  # the limits of a request: its length, each picture, and its whole time


class Limits:
    """Refuse a request that is too long before reading it, and drop one that takes too long."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        app = self.app
        length = Headers(scope=scope).get("content-length", "inf" if scope["method"] == "POST" else 0)
        if float(length) > MEGABYTES * 1e6:
            app = JSONResponse({"detail": f"expected a request of stated length, at most {MEGABYTES} MB"}, 413)
        answered = False

        async def send_and_note(message):
            nonlocal answered
            answered = True
            await send(message)

        try:
            async with asyncio.timeout(SECONDS):
                await app(scope, receive, send_and_note)
        except TimeoutError:
            if answered:
                raise  # the server closes the connection, since an answer that was begun cannot be replaced
            app = JSONResponse({"detail": f"busy: no answer within {SECONDS} s"}, 503, {"Retry-After": "10"})
            await app(scope, receive, send)


app = FastAPI(title="HOP-TF")
app.add_middleware(Limits)
predictor = Predictor(memory_mb=2000)
workers = ThreadPoolExecutor(2)  # one reads and writes pictures while the network works for the other


@app.exception_handler(RequestValidationError)
async def wrong_form(request, error) -> Response:
    return JSONResponse({"detail": "expected a form with two files, photo and trimap"}, 422)


@app.post("/matte", response_class=Response)
async def matte(photo: UploadFile, trimap: UploadFile) -> Response:
    """Return the alpha of a photo as an 8-bit grey PNG file."""
    png = await asyncio.get_running_loop().run_in_executor(workers, find_alpha, photo.file, trimap.file)
    return Response(png, media_type="image/png")


def find_alpha(photo_file, trimap_file) -> bytes:
    """Read both pictures, predict and return a PNG file; runs in one of the threads."""
    with TemporaryDirectory() as folder:
        try:
            photo_path, photo = read(photo_file, Path(folder, "photo"), read_photo)
            trimap_path, trimap = read(trimap_file, Path(folder, "trimap"), read_trimap)
            check_same_size(trimap_path, trimap, photo_path, photo)
            check_trimap(trimap)
        except UserError as error:
            code = 400 if isinstance(error, ImageError) else 422
            raise HTTPException(code, str(error).replace(f"{folder}/", "")) from error
        except ValueError as error:
            raise HTTPException(422, f"trimap: {error}") from error
        write_png(path := Path(folder, "alpha.png"), to_uint8(predictor.predict(photo, trimap)))
        return path.read_bytes()


def read(file, path, reader):
    """Copy an upload to `path` and read it, unless it is too large."""
    path.write_bytes(file.read())
    try:
        pixels = math.prod(read_size(path))
    except TooLargeError:
        pixels = math.inf
    if pixels > MEGAPIXELS * 1e6:
        raise HTTPException(413, f"{path.name}: expected at most {MEGAPIXELS} megapixels")
    return path, reader(path)
