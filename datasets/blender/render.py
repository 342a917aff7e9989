"""Render foregrounds with exact alpha: hair, fur, combs, wicker, nets, glass, veils, cloths and plants.

    python datasets/blender/render.py OUT --count 100

Needs Python 3.11 with `pip install "bpy==4.2.0" "numpy<2"`, best in an environment of its own. With the same options
and photos, a picture depends only on its number. Existing pictures are skipped, so an interrupted run can be continued.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

try:
    import bpy  # noqa: F401
except ImportError:
    sys.exit('error: rendering needs Blender as a module: python3.11 -m pip install "bpy==4.2.0" "numpy<2"')
from exposure import expose  # noqa: E402
from glassware import add_glassware  # noqa: E402
from hair import KINDS, add_hairy  # noqa: E402
from plants import add_plant  # noqa: E402
from scene import empty_scene, look, skies, surround  # noqa: E402
from things import add_cloth, add_glass, add_net, add_solid, add_veil  # noqa: E402
from weaves import add_comb, add_wicker  # noqa: E402

#: Relative frequency of each kind.
SHARES = {
    "long": 6,
    "curly": 3,
    "braided": 1.5,
    "frizzy": 3,
    "short": 2,
    "beard": 1.5,
    "fur": 5,
    "comb": 2,
    "wicker": 2,
    "net": 2,
    "glassware": 3,
    "glass": 1,
    "veil": 1,
    "cloth": 2,
    "solid": 1,
    "plant": 2,
}
SUFFIXES = {".jpg", ".jpeg", ".png"}
THINGS = {
    "comb": add_comb,
    "wicker": add_wicker,
    "glassware": add_glassware,
    "net": add_net,
    "glass": add_glass,
    "veil": add_veil,
    "cloth": add_cloth,
    "solid": add_solid,
    "plant": add_plant,
}
#: Kinds whose materials let light through.
SEE_THROUGH = {"glass", "glassware", "veil"}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", type=Path, help="folder to write to; the RGBA pictures are named rendered_KIND_SEED_NUMBER.png"
    )
    parser.add_argument(
        "--photos", type=Path, help="folder of photos, used as lighting and texture; default: Blender's eight skies"
    )
    parser.add_argument("--count", type=int, default=100, help="number of pictures; default: 100")
    parser.add_argument(
        "--kind", choices=SHARES, action="append", help="render only this kind; can be repeated; default: all"
    )
    parser.add_argument("--first", type=int, default=0, help="number of the first picture; default: 0")
    parser.add_argument("--seed", type=int, default=0, help="seed of the pictures; default: 0")
    parser.add_argument("--size", type=int, default=640, help="side in pixels; default: 640")
    parser.add_argument(
        "--samples", type=int, default=8, help="paths per pixel for colours, 16 times as many for glass; default: 8"
    )
    parser.add_argument("--threads", type=int, default=0, help="threads of the renderer; default: all processors")
    arguments = parser.parse_args()
    if min(arguments.count, arguments.size, arguments.samples) < 1:
        parser.error("--count, --size and --samples must be at least 1")
    photos = _photos(parser, arguments.photos)
    kinds = arguments.kind or list(SHARES)
    try:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"{arguments.folder} cannot be created: {error.strerror}")
    for number in range(arguments.first, arguments.first + arguments.count):
        rng = random.Random(f"{arguments.seed} {number}")
        kind = rng.choices(kinds, [SHARES[kind] for kind in kinds])[0]
        path = arguments.folder / f"rendered_{'hair_' * (kind in KINDS)}{kind}_{arguments.seed}_{number:05d}.png"
        if not path.exists():
            _render(rng, kind, photos, path, arguments)
            print(path, flush=True)


def _photos(parser, folder):
    if folder is None:
        return skies()
    photos = sorted(str(path) for path in folder.glob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return photos or parser.error(f"{folder} holds no JPEG or PNG photo")


def _render(rng, kind, photos, path, arguments):
    scene = empty_scene(arguments.size, arguments.threads)
    surround(scene, rng, rng.choice(photos))
    if kind in KINDS:
        look(scene, rng, *add_hairy(rng, kind, arguments.size))
    else:
        look(scene, rng, THINGS[kind](rng, rng.choice(photos)))
    see_through = kind in SEE_THROUGH
    expose(scene, path, arguments.samples * (16 if see_through else 1), see_through)


try:
    main()
except (OSError, RuntimeError) as failure:
    sys.exit(f"error: {failure}")
