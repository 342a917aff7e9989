"""Read damaged pictures by the thousand: `python -m tests.helpers.fuzz --count 10000`.

Each sample is a sound picture file with some bytes changed; it depends only on the seed and its number. Reading it must
give an array as documented or an `ImageError` of one line. Anything else is a finding, as is a process that dies or
works on one sample for longer than `SECONDS`.
"""

import argparse
import collections
import io
import multiprocessing
import os
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from hop_tf.pictures.image_error import ImageError
from hop_tf.pictures.reading import read_alpha, read_cutout, read_photo, read_trimap

SECONDS = 60
KINDS = {"flip": 0.3, "random": 0.2, "same": 0.2, "cut": 0.1, "double": 0.1, "end": 0.03, "other": 0.07}
READERS = {read_photo: (3,), read_cutout: (4,), read_trimap: (), read_alpha: ()}  # shape of a pixel in the result


def sound_files():
    """Return small pictures in many formats and modes as a list of bytes."""
    rng = np.random.default_rng(0)
    colours = np.kron(rng.integers(0, 256, (6, 8, 3)), np.ones((4, 4, 1))).astype(np.uint8)
    trimap = np.kron(rng.choice([0, 128, 255], (6, 8)), np.ones((4, 4))).astype(np.uint8)
    colour, grey = Image.fromarray(colours), Image.fromarray(trimap)
    exif = Image.Exif()
    exif[0x0112] = 6
    ways = [
        *(("PNG", mode, {}) for mode in ("RGB", "RGBA", "P", "1", "LA", "I;16")),
        ("PNG", "RGB", {"exif": exif}),
        ("PNG", "RGB", {"save_all": True, "append_images": [colour.rotate(180)]}),
        *(("JPEG", mode, {"exif": exif}) for mode in ("RGB", "L", "CMYK")),
        ("JPEG", "RGB", {"progressive": True}),
        *(("TIFF", "RGB", {"compression": name}) for name in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg")),
        *(("TIFF", mode, {}) for mode in ("CMYK", "F", "I;16", "LAB")),
        ("TIFF", "1", {"compression": "group4"}),
        ("WEBP", "RGB", {}),
        ("WEBP", "RGBA", {"lossless": True, "exif": exif}),
        ("GIF", "P", {"save_all": True, "append_images": [colour.rotate(180)]}),
        ("JPEG2000", "RGB", {}),
        *((form, "RGB", {}) for form in ("BMP", "PPM", "TGA", "PCX", "ICO", "SGI", "AVIF")),
        *((form, "RGBA", {}) for form in ("TIFF", "TGA", "ICO", "SGI", "AVIF", "JPEG2000", "WEBP")),
    ]
    files = []
    for form, mode, options in ways:
        for picture in (colour, grey):
            if mode == "I;16":
                picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
            else:
                picture = picture.convert("RGB").convert(mode)
            buffer = io.BytesIO()
            picture.save(buffer, form, **options)
            files.append(buffer.getvalue())
    return files


def mutate(data, other, rng):
    """Return `data` with some bytes flipped, set, cut out, doubled or taken from another file."""
    data = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        size = len(data) if rng.random() < 0.7 else min(64, len(data))  # the header decides most
        start = int(rng.integers(size)) if size else 0
        stop = min(start + int(rng.choice([1, 2, 4, 8, 64])), len(data))
        kind = rng.choice(list(KINDS), p=list(KINDS.values()))
        if kind == "flip" and data:
            data[start] ^= 1 << int(rng.integers(8))
        elif kind == "random":
            data[start:stop] = rng.bytes(stop - start)
        elif kind == "same":
            data[start:stop] = bytes([int(rng.choice([0, 1, 127, 128, 255]))]) * (stop - start)
        elif kind == "cut":
            del data[start:stop]
        elif kind == "double":
            data[start:start] = data[start:stop]
        elif kind == "end":
            del data[start:]
        else:
            data[start:stop] = other[start:stop]
    return with_sound_checksums(data) if rng.random() < 0.7 else bytes(data)


def with_sound_checksums(data):
    """Recompute the checksums of a PNG file, which hides the damage from them; return other files unchanged."""
    data, place = bytearray(data), 8
    while data.startswith(b"\x89PNG\r\n\x1a\n") and place + 12 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4], "big")
        if end + 4 > len(data):
            break
        data[end : end + 4] = zlib.crc32(data[place + 4 : end]).to_bytes(4, "big")
        place = end + 4
    return bytes(data)


def check(path):
    """Read a file with every reader.

    Returns:
        List of str, outcomes such as "read_photo: read"; and list of str, findings.
    """
    outcomes, findings = [], []
    for read, channels in READERS.items():
        try:
            array = read(path)
        except ImageError as error:
            outcomes.append(f"{read.__name__}: refused")
            if not str(error).startswith(f"{path}: ") or len(str(error).splitlines()) != 1:
                findings.append(f"{read.__name__}: not one line that names the file: {str(error)!r}")
        except BaseException as error:
            findings.append(f"{read.__name__}: {type(error).__name__}: {error}")
        else:
            outcomes.append(f"{read.__name__}: read")
            shape = array.shape[:2] + channels
            if array.dtype != np.uint8 or array.shape != shape or array.size == 0:
                findings.append(f"{read.__name__}: gives {array.dtype} {array.shape}")
    return outcomes, findings


def sample(files, seed, number):
    """Return the bytes of one sample."""
    rng = np.random.default_rng([seed, number])
    return mutate(files[rng.integers(len(files))], files[rng.integers(len(files))], rng)


def run(count, seed=0):
    """Read samples in a separate process, and in a new one after each sample that ends it.

    Returns:
        Counter of the outcomes, and list of (number, finding).
    """
    outcomes, findings, number = collections.Counter(), [], -1
    with tempfile.TemporaryDirectory() as folder:
        while number + 1 < count:
            for number, result in _read_in_process(seed, range(number + 1, count), folder):  # noqa: B020
                if isinstance(result, str):
                    findings.append((number, result))
                else:
                    outcomes.update(result[0])
                    findings += [(number, text) for text in result[1]]
    return outcomes, findings


def _read_in_process(seed, numbers, folder):
    """Yield (number, result of `check`), and last (number, text) for a sample that ends the process."""
    processes = multiprocessing.get_context("spawn")
    receiver, sender = processes.Pipe(duplex=False)
    worker = processes.Process(target=_work, args=(seed, numbers, folder, sender), daemon=True)
    worker.start()
    sender.close()  # now the pipe ends with the worker
    try:
        for number in numbers:
            if not receiver.poll(SECONDS):
                yield number, f"took over {SECONDS} s"
                return
            try:
                yield number, receiver.recv()
            except EOFError:
                worker.join()
                yield number, f"the process ended with {worker.exitcode}"
                return
    finally:
        worker.kill()
        worker.join()


def _work(seed, numbers, folder, sender):
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libtiff writes warnings about damaged files there
    files = sound_files()
    path = Path(folder, "sample.png")
    for number in numbers:
        path.write_bytes(sample(files, seed, number))
        sender.send(check(path))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", metavar="NUMBER", type=int, help="write this one sample to fuzz_sample and read it")
    args = parser.parse_args()
    if args.only is not None:
        Path("fuzz_sample").write_bytes(sample(sound_files(), args.seed, args.only))
        print(*check(Path("fuzz_sample")))
        return
    outcomes, findings = run(args.count, args.seed)
    for number, text in findings:
        print(f"sample {number}: {text}")
    print(f"{args.count} samples of seed {args.seed}, {len(findings)} findings")
    for outcome, number in sorted(outcomes.items()):
        print(f"{outcome} {number}")
    sys.exit(bool(findings))


if __name__ == "__main__":
    main()
