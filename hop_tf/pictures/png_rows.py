"""Damage in PNG files that Pillow does not report: wrong checksums, and missing rows, which it leaves black."""

import os
import struct
import zlib

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
WHOLE = [(0, 0, 1, 1)]
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def find_damage(path: str | os.PathLike, count_rows: bool = True) -> str | None:
    """Return what is wrong with the pixel data of a PNG file, or `None` if nothing is.

    Args:
        path: a PNG file that Pillow could decode.
        count_rows: whether to check that there are as many rows as the header claims, for which all are inflated
            once more. The checksums are always checked.
    """
    missing: int | None = None
    inflate = zlib.decompressobj()
    with open(path, "rb") as file:
        file.seek(8)
        while missing != 0 and len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            chunk, checksum = file.read(length), file.read(4)
            if kind == b"IHDR":
                missing = _unpacked_size(*struct.unpack(">2I5B", chunk[:13]))
            elif kind == b"IDAT":
                if zlib.crc32(chunk, zlib.crc32(kind)).to_bytes(4, "big") != checksum:
                    return "wrong checksum"
                if count_rows and missing is not None:
                    missing -= len(inflate.decompress(chunk, missing))
    return "fewer rows than its header claims" if count_rows and missing != 0 else None


def _unpacked_size(width, height, depth, colour, compression, filtering, interlaced):
    """Return the size in bytes of all rows, each with the byte that names its filter."""
    bits = depth * CHANNELS[colour]
    passes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in (ADAM7 if interlaced else WHOLE)]
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in passes if columns > 0 and rows > 0)
