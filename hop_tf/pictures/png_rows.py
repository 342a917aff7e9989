"""PNG files that end early without a sign of it, which Pillow reads as if their missing rows were black."""

import struct
import zlib

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
WHOLE = [(0, 0, 1, 1)]
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def has_all_rows(path):
    """Whether a PNG file that Pillow could decode holds as many pixels as its header claims."""
    missing, inflate = None, zlib.decompressobj()
    with open(path, "rb") as file:
        file.seek(8)
        while missing != 0 and len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            chunk = file.read(length)
            file.seek(4, 1)  # its checksum
            if kind == b"IHDR":
                missing = _unpacked_size(*struct.unpack(">2I5B", chunk[:13]))
            elif kind == b"IDAT":
                missing -= len(inflate.decompress(chunk, missing))
    return missing == 0


def _unpacked_size(width, height, depth, colour, compression, filtering, interlaced):
    """Bytes of all rows, each with the byte that names its filter."""
    bits = depth * CHANNELS[colour]
    passes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in (ADAM7 if interlaced else WHOLE)]
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in passes if columns > 0 and rows > 0)
