"""Matte a folder or a bucket of photos on one machine or a cluster with Ray Data, see docs/scale.md.

    python examples/bulk_ray.py photos/ trimaps/ mattes/ --workers 2 --threads 4

Photos and trimaps are paired by file stem. Photos that have a result are skipped. bad_files.csv lists what failed.
"""

import argparse
import contextlib
import csv
import fcntl
import math
import os
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory, gettempdir

import ray
from pyarrow.fs import FileSelector, FileSystem, LocalFileSystem, copy_files

from hop_tf import Predictor
from hop_tf.errors import UserError, first_line
from hop_tf.inference.find_alpha import find_alpha
from hop_tf.pictures.eight_bit import to_uint8
from hop_tf.pictures.folders import PICTURE_SUFFIXES
from hop_tf.pictures.reading import check_same_size, read_photo, read_trimap
from hop_tf.pictures.trimap_check import check_trimap
from hop_tf.pictures.writing import write_png


def open_folder(address):
    return FileSystem.from_uri(address) if "://" in address else (LocalFileSystem(), os.path.abspath(address))


def list_pictures(address):
    """Return the paths of the pictures in a folder by their stem; more than one path means that it is ambiguous."""
    filesystem, folder = open_folder(address)
    paths = [PurePosixPath(info.path) for info in filesystem.get_file_info(FileSelector(folder, allow_not_found=True))]
    pictures = {}
    for path in sorted(paths):
        if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith("."):
            pictures.setdefault(path.stem, []).append(str(path))
    return pictures


def claim_processors(count):
    """Keep this process on processors that no other worker of this machine has; its network has a thread on each."""
    claimed = []
    for number in os.sched_getaffinity(0):
        lock = os.open(f"{gettempdir()}/bulk_ray_processor_{number}", os.O_CREAT | os.O_WRONLY)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until this process ends
            claimed.append(number)
        if len(claimed) == count:
            os.sched_setaffinity(0, claimed)
            break


class Matter:
    """A worker: it loads the network once and mattes one batch of photos after the other."""

    def __init__(self, args):
        claim_processors(args.threads)
        self.predictor = Predictor(args.weights)
        (self.photos, _), (self.trimaps, _), (self.output, self.folder) = map(open_folder, args.folders)

    def __call__(self, batch):
        return {"photo": batch["photo"], "error": list(map(self.matte, batch["photo"], batch["trimap"]))}

    def matte(self, photo_path, trimap_path):
        """Matte one photo and return what went wrong, or an empty string."""
        with TemporaryDirectory() as folder:
            photo_copy, trimap_copy, result = (f"{folder}/{name}" for name in ("photo", "trimap", "alpha.png"))
            target = f"{self.folder}/{PurePosixPath(photo_path).stem}.png"
            try:
                copy_files(photo_path, photo_copy, self.photos, LocalFileSystem())
                copy_files(trimap_path, trimap_copy, self.trimaps, LocalFileSystem())
                photo, trimap = read_photo(photo_copy), read_trimap(trimap_copy)
                check_same_size(trimap_copy, trimap, photo_copy, photo)
                check_trimap(trimap)
                write_png(Path(result), to_uint8(find_alpha(self.predictor, photo_path, photo, trimap)))
                copy_files(result, f"{target}.part", LocalFileSystem(), self.output)
                self.output.move(f"{target}.part", target)  # a result is whole or not there
                return ""
            except (UserError, OSError, ValueError) as error:
                return first_line(error).replace(f"{folder}/", "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs=3, help="photos, trimaps and results: paths or addresses such as s3://mine/in")
    parser.add_argument("--workers", type=int, default=1, help="networks that run at a time")
    parser.add_argument("--threads", type=int, default=1, help="processors of a worker")
    parser.add_argument("--gpus", type=float, default=0, help="GPUs of a worker")
    parser.add_argument("--batch", type=int, default=32, help="photos that a worker takes at a time")
    parser.add_argument("--weights", help="an exported file that every machine has; default: the bundled network")
    args = parser.parse_args()
    photos, trimaps, results = map(list_pictures, args.folders)
    filesystem, folder = open_folder(args.folders[2])
    filesystem.create_dir(folder)
    same = [paths for pictures in (photos, trimaps) for paths in pictures.values() if len(paths) > 1]
    bad = [(path, "another file has the same stem; keep one") for paths in same for path in paths]
    bad += [(paths[0], "no trimap has this stem") for stem, paths in photos.items() if stem not in trimaps]
    pairs = {x: (photos[x][0], trimaps[x][0]) for x in photos if len(photos[x]) == len(trimaps.get(x, [])) == 1}
    if wanted := [{"photo": photo, "trimap": trimap} for x, (photo, trimap) in pairs.items() if x not in results]:
        pool = ray.data.ActorPoolStrategy(size=args.workers)
        resources = {"num_cpus": args.threads, "num_gpus": args.gpus}
        rows = ray.data.from_items(wanted, override_num_blocks=math.ceil(len(wanted) / args.batch))
        done = rows.map_batches(Matter, batch_size=args.batch, compute=pool, fn_constructor_args=[args], **resources)
        bad += [(row["photo"], row["error"]) for row in done.iter_rows() if row["error"]]
    with open("bad_files.csv", "w", newline="") as file:
        csv.writer(file).writerows([("photo", "error"), *bad])
    print(f"{len(photos)} photos, {len(photos) - len(wanted)} done before or unpaired, {len(bad)} in bad_files.csv")


if __name__ == "__main__":
    main()
