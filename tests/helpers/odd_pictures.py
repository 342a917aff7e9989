"""Writers of odd picture files. Each returns a function of a path; sound pictures show PHOTO or TRIMAP."""

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

from hop_tf.pictures.png_rows import ADAM7

PHOTO = np.random.default_rng(3).integers(0, 256, (20, 30, 3), np.uint8)
TRIMAP = np.full((20, 30), 128, np.uint8)
TRIMAP[:, :8], TRIMAP[:, 22:] = 0, 255
ALPHA = np.where(TRIMAP == 128, PHOTO[:, :, 0], TRIMAP)


def saved(array=PHOTO, form="PNG", mode=None, **options):
    """Save a picture with Pillow, converted to `mode` if given."""

    def make(path):
        image = Image.fromarray(np.asarray(array))
        (image if mode is None else image.convert(mode)).save(path, format=form, **options)

    return make


def data_of(array=PHOTO, form="PNG", **options):
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(array)).save(buffer, format=form, **options)
    return buffer.getvalue()


def raw(data):
    return lambda path: path.write_bytes(data)


def cut(form, part, array=PHOTO, **options):
    """Write only the first `part`, from 0 to 1, of the picture's file."""
    data = data_of(array, form, **options)
    return raw(data[: int(len(data) * part)])


def patched(form, old, new, array=PHOTO):
    """Write the picture's file with the bytes `old` replaced by `new`."""
    data = data_of(array, form)
    assert old in data
    return raw(data.replace(old, new, 1))


def png_that_claims(width, height):
    """Write a PNG file with a sound header for this size and hardly any pixels."""
    data = bytearray(data_of(np.zeros((2, 2), np.uint8)))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return raw(bytes(data))


def interlaced_png(array=PHOTO, missing=0):
    """Write the picture in the seven passes of Adam7, without the last `missing` bytes of its rows."""
    passes = [array[y::dy, x::dx] for x, y, dx, dy in ADAM7]
    rows = b"".join(b"\0" + row.tobytes() for one in passes for row in one)
    header = struct.pack(">2I5B", array.shape[1], array.shape[0], 8, 2, 0, 0, 1)
    chunks = [b"IHDR" + header, b"IDAT" + zlib.compress(rows[: len(rows) - missing]), b"IEND"]
    framed = [struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in chunks]
    return raw(b"\x89PNG\r\n\x1a\n" + b"".join(framed))


def sixteen_bit(array, form="png"):
    data = cv2.imencode(f".{form}", array[..., ::-1].copy() if array.ndim == 3 else array)[1]
    return raw(data.tobytes())


def frames(form, *arrays):
    first, *others = map(Image.fromarray, arrays)
    return lambda path: first.save(path, format=form, save_all=True, append_images=others)


def turned(array, orientation, form="PNG"):
    """Store the picture rotated with an EXIF orientation, so it equals `array` once turned upright."""
    stored = {3: np.rot90(array, 2), 6: np.rot90(array, 1), 8: np.rot90(array, -1), 2: array[:, ::-1]}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(np.ascontiguousarray(stored), form, exif=exif)


def with_transparency(array, alpha=0):
    image = Image.fromarray(array).convert("RGBA")
    image.putalpha(alpha)
    return lambda path: image.save(path, format="PNG")


def with_text_bomb(path):
    """Write a picture with a text of 80 MB that is compressed to a few kilobytes."""
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "0" * 80_000_000, zip=True)
    Image.fromarray(PHOTO).save(path, format="PNG", pnginfo=info)


def palette(array, **options):
    """Write a palette picture of at most 256 exact colours."""
    colours, places = np.unique(array.reshape(-1, 3), axis=0, return_inverse=True)
    image = Image.fromarray(places.reshape(array.shape[:2]).astype(np.uint8), "P")
    image.putpalette(colours.astype(np.uint8).tobytes())
    return lambda path: image.save(path, format="PNG", **options)


def swapped_profile():
    """Return the bytes of an ICC profile of a display: sRGB with red and green swapped."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for number in range(struct.unpack_from(">I", data, 128)[0]):
        place = 132 + 12 * number
        name = bytes(data[place : place + 4])
        other = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(name, name)
        data[place : place + 4] = other
    return bytes(data).replace("sRGB".encode("utf-16-be"), "Odd.".encode("utf-16-be"))


def linear_grey_profile():
    """Return the bytes of an ICC profile of linear grey levels, under the white of D50."""
    white = struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)
    curve = struct.pack(">4s4xI", b"curv", 0) + bytes(4)
    name = b"Linear grey"
    text = struct.pack(">4s4xI", b"desc", len(name) + 1) + name + bytes(1 + 4 + 4 + 2 + 1 + 67)
    text += bytes(-len(text) % 4)
    parts = {b"desc": text, b"wtpt": white, b"kTRC": curve}
    place, table, data = 128 + 4 + 12 * len(parts), struct.pack(">I", len(parts)), b""
    for tag, part in parts.items():
        table += struct.pack(">4s2I", tag, place + len(data), len(part))
        data += part
    header = bytearray(128)
    struct.pack_into(">I4xI4s4s4s", header, 0, place + len(data), 0x02100000, b"mntr", b"GRAY", b"XYZ ")
    header[36:40] = b"acsp"
    struct.pack_into(">3i", header, 68, 63190, 65536, 54061)
    return bytes(header) + table + data
