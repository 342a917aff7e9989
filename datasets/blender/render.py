"""Render foregrounds with exact alpha: hair, fur, nets, glass, veils, cloths, plants and solid objects.

    blender --background --factory-startup --python datasets/blender/render.py -- OUT --photos PHOTOS --count 100

With the same options and photos, a picture depends only on its number, except for the positions of single strands of
hair, which differ from run to run. Existing pictures are skipped, so an interrupted run can be continued.
Tested with Blender 3.4.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy  # noqa: E402
from hair import KINDS, add_hairy  # noqa: E402
from plants import add_plant  # noqa: E402
from scene import empty_scene, look, surround  # noqa: E402
from things import add_cloth, add_glass, add_net, add_solid, add_veil  # noqa: E402

#: Relative frequency of each kind.
SHARES = {
    "long": 5,
    "short": 3,
    "fur": 5,
    "bristle": 2,
    "net": 3,
    "glass": 1,
    "veil": 1,
    "cloth": 3,
    "solid": 3,
    "plant": 3,
}
SUFFIXES = {".jpg", ".jpeg", ".png"}
THINGS = {
    "net": add_net,
    "glass": add_glass,
    "veil": add_veil,
    "cloth": add_cloth,
    "solid": add_solid,
    "plant": add_plant,
}
USAGE = "blender --background --factory-startup --python datasets/blender/render.py --"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog=USAGE, description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", type=Path, help="folder to write to; the RGBA pictures are named rendered_SEED_NUMBER_KIND.png"
    )
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos, used as lighting and texture")
    parser.add_argument("--count", type=int, default=100, help="number of pictures; default: 100")
    parser.add_argument(
        "--kind", choices=SHARES, action="append", help="render only this kind; can be repeated; default: all"
    )
    parser.add_argument("--first", type=int, default=0, help="number of the first picture; default: 0")
    parser.add_argument("--seed", type=int, default=0, help="seed of the pictures; default: 0")
    parser.add_argument("--size", type=int, default=640, help="side in pixels; default: 640")
    parser.add_argument(
        "--samples", type=int, default=64, help="paths per pixel, three times as many for glass and veils; default: 64"
    )
    parser.add_argument("--threads", type=int, default=0, help="threads of the renderer; default: all processors")
    arguments = parser.parse_args(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else [])
    if min(arguments.count, arguments.size, arguments.samples) < 1:
        parser.error("--count, --size and --samples must be at least 1")
    photos = sorted(path for path in arguments.photos.glob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not photos:
        parser.error(f"{arguments.photos} holds no JPEG or PNG photo")
    kinds = arguments.kind or list(SHARES)
    try:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"{arguments.folder} cannot be created: {error.strerror}")
    for number in range(arguments.first, arguments.first + arguments.count):
        rng = random.Random(f"{arguments.seed} {number}")
        kind = rng.choices(kinds, [SHARES[kind] for kind in kinds])[0]
        path = arguments.folder / f"rendered_{arguments.seed}_{number:05d}_{kind}.png"
        if not path.exists():
            _render(rng, kind, photos, path, arguments)
            print(path, flush=True)


def _render(rng, kind, photos, path, arguments):
    """Render one picture, under a hidden name until it is complete."""
    samples = arguments.samples * (3 if kind in {"glass", "veil"} else 1)
    scene = empty_scene(arguments.size, samples, arguments.threads)
    surround(scene, rng, str(rng.choice(photos)))
    photo = str(rng.choice(photos))
    distance = add_hairy(rng, kind, photo) if kind in KINDS else THINGS[kind](rng, photo)
    look(scene, rng, distance)
    hidden = path.with_name(f".{path.name}")
    scene.render.filepath = str(hidden)
    bpy.ops.render.render(write_still=True)
    os.replace(hidden, path)


try:
    main()
except (OSError, RuntimeError) as failure:  # Blender would report it and exit with 0
    sys.exit(f"error: {failure}")
