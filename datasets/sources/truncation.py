"""Image files that break off: OpenCV decodes them without complaint and leaves the rest grey or black."""

import zlib

_PNG = b"\x89PNG\r\n\x1a\n"


def is_truncated(data):
    """Whether the bytes of a JPEG, PNG or WebP file end too early (for PNG also: are damaged).

    Args:
        data: uint8 [length], the whole file. Other formats are never called truncated.
    """
    data = data.tobytes()
    if data.startswith(b"\xff\xd8"):
        return not _jpeg_ends(data)
    if data.startswith(_PNG):
        return not _png_ends(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    return False


def _jpeg_ends(data):
    """Whether an end marker follows the pixels; one before them may belong to an embedded thumbnail."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == 0xDA:  # start of scan
            return data.rfind(b"\xff\xd9", place) >= 0
    return False


def _png_ends(data):
    """Whether the chunks follow each other up to the end chunk and have the right check sums."""
    place = len(_PNG)
    while place + 12 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        if zlib.crc32(data[place + 4 : end]) != int.from_bytes(data[end : end + 4], "big") or end + 4 > len(data):
            return False
        if kind == b"IEND":
            return True
        place = end + 4
    return False
