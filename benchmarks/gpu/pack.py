"""Write all that a GPU machine without network needs, the most important first.

    python -m benchmarks gpu-pack -o build/gpu-pack

The folder `files` holds wheels, exported networks, engines and training data; what lies there is not made again, so an
interrupted run can be continued. `pack.tar.00` and so on are the same in pieces of at most 58 MiB.
"""

import argparse
import functools
import importlib.metadata
import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hop_tf.benchmarks.gpu.pieces import write_pieces
from hop_tf.cli import arguments
from hop_tf.cli.quiet import quiet_start
from hop_tf.errors import UserError, first_line
from hop_tf.pictures.atomic_write import atomic_write

if TYPE_CHECKING:
    import keras

SIZES = [(1024, 1024), (1080, 1920), (2048, 2048), (512, 512)]
PRECISIONS = ["float16", "bfloat16", "float32", "int8"]
NETWORKS = ["hop_9x9", "hop_s_9x9"]
#: In the versions that are installed here, in the order of the pieces.
WHEELS = [
    "keras",
    "namex",
    "optree",
    "rich",
    "markdown-it-py",
    "mdurl",
    "pygments",
    "cachetools",
    "absl-py",
    "cuda-core",
]
WHEELS += ["cuda-pathfinder", "tensorrt_rtx_cu13_bindings", "tensorrt_rtx_cu13_libs"]


def main(argv: Sequence[str] | None = None) -> int:
    """Write the pack and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks gpu-pack",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("-o", "--output", type=Path, default=Path("build/gpu-pack"), metavar="DIR", help="default: %(default)s")
    add("--networks", nargs="+", default=NETWORKS, metavar="PRESET", help=f"default: {' '.join(NETWORKS)}")
    add("--precisions", nargs="+", default=PRECISIONS, metavar="NAME", help=f"default: {' '.join(PRECISIONS)}")
    add("--sizes", nargs="+", type=arguments.size, default=SIZES, metavar="HxW", help="default: 512x512 to 2048x2048")
    add("--no-wheels", action="store_true", help="without wheels, for a machine that has the packages")
    add("--no-engines", action="store_true", help="without engines built ahead of time")
    add(
        "--training-data",
        type=Path,
        metavar="DIR",
        help="folder with foregrounds/ and backgrounds/ to train weights on; default: the GPU machine draws samples",
    )
    args = parser.parse_args(argv)
    files = args.output / "files"
    files.mkdir(parents=True, exist_ok=True)
    wheels = [] if args.no_wheels else _wheels(files / "wheels")
    wanted = itertools.product(args.precisions, args.networks, args.sizes)
    with quiet_start():
        import keras  # noqa: F401  # whose start says much
    made = [_export(files, network, precision, size, args) for precision, network, size in wanted]
    entries = [entry for entry in made if entry]
    if args.training_data:
        shutil.copytree(args.training_data, files / "training", dirs_exist_ok=True)
    (files / "pack.json").write_text(json.dumps(entries, indent=1))
    named = [files / "pack.json", *wheels]
    for entry in entries:
        named += [files / entry[kind] for kind in ("expected", "onnx", "engine") if entry.get(kind)]
    named += sorted((files / "training").rglob("*")) if args.training_data else []
    unique = dict.fromkeys(path for path in named if path.is_file())
    pieces = write_pieces(((path, str(path.relative_to(files))) for path in unique), args.output)
    total = sum(piece.stat().st_size for piece in pieces)
    print(f"wrote {args.output}: {len(entries)} networks, {len(pieces)} pieces, {total / 2**20:.0f} MiB")
    return 0


def _wheels(folder):
    """Download the wheels of the installed versions for CPython 3.12 on Linux, and remove those of other versions."""
    folder.mkdir(exist_ok=True)
    wanted = {name: importlib.metadata.version(name) for name in WHEELS}
    options = ["--python-version=3.12", "--only-binary=:all:", "--no-deps", "--quiet", f"--dest={folder}"]
    options += [f"--platform=manylinux{tag}_x86_64" for tag in ("_2_17", "_2_24", "_2_27", "_2_28", "_2_34", "2014")]
    requirements = [f"{name}=={version}" for name, version in wanted.items()]
    command = [sys.executable, "-m", "pip", "download", *options, *requirements]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise UserError(f"wheels cannot be downloaded: {first_line(done.stderr.strip().rpartition(chr(10))[2])}")
    return current_wheels(folder, wanted)


def current_wheels(folder: Path, wanted: Mapping[str, str]) -> list[Path]:
    """Remove wheels from a folder that are not of the wanted versions; return the others in the order of `wanted`."""
    order = [(name.replace("-", "_").lower(), version) for name, version in wanted.items()]
    found = {}
    for path in folder.glob("*.whl"):
        name, version, *_ = path.name.split("-")
        if (name.lower(), version) in order:
            found[path] = order.index((name.lower(), version))
        else:
            path.unlink()
    return sorted(found, key=found.get)


def _export(files, network, precision, size, args):
    """Export one network and return its entry; `None` if that is not possible, which is printed."""
    from hop_tf.inference.formats import EXPORT_FORMATS

    text = f"{size[0]}x{size[1]}"
    onnx = files / network / f"{precision}_{text}.onnx"
    expected = files / network / f"keras_{text}.npz"
    entry = {"network": network, "precision": precision, "size": list(size)}
    try:
        if precision not in EXPORT_FORMATS["tensorrt"].precisions:
            raise UserError(f"engines have no precision {precision}")
        model = _model(network)
        onnx.parent.mkdir(exist_ok=True)
        if not onnx.exists():
            write_engine_source(model, size, precision, onnx)
        if not expected.exists():
            _write_expected(model, size, expected)
        with np.load(expected) as stored:
            entry["multiply_adds"] = int(stored["multiply_adds"])
    except UserError as error:
        print(f"{network} {precision} {text}: {error}")
        return None
    entry |= {"onnx": f"{network}/{onnx.name}", "expected": f"{network}/{expected.name}"}
    if not args.no_engines and (engine := _engine(onnx, precision)):
        entry["engine"] = f"{network}/{engine.name}"
    print(f"{network} {precision} {text}: {onnx.stat().st_size / 1e6:.1f} MB", flush=True)
    return entry


def write_engine_source(model: "keras.Model", size: tuple[int, int], precision: str, path: Path) -> None:
    """Write the ONNX file that an engine is built from.

    Args:
        model: the network.
        size: (height, width) in pixels.
        precision: one of an engine's. Small drawn pictures calibrate int8, since large ones take long and much memory.
        path: the file to write; it appears whole or not at all.
    """
    from hop_tf.export.formats import onnx
    from hop_tf.export.job import Job
    from hop_tf.export.samples import LEAST, drawn_pictures

    pictures = drawn_pictures(count=2 * LEAST) if precision == "int8" else ()
    with atomic_write(path) as aside:
        onnx.write(Job(model, size, precision=precision, pictures=pictures, for_tensorrt=True), aside)


def _engine(onnx, precision):
    from hop_tf.export.engines.building import build_engine
    from hop_tf.export.engines.options import EngineOptions

    engine = onnx.with_suffix(".engine")
    try:
        if not engine.exists():
            build_engine(onnx, engine, EngineOptions(precision))
        return engine
    except UserError as error:
        print(f"{onnx.name}: no engine: {error}")
        return None


@functools.lru_cache(maxsize=1)
def _model(network):
    import keras

    from hop_tf import HOPMatting, presets

    keras.utils.set_random_seed(0)
    return HOPMatting.from_preset(network, load_weights=presets[network]["weights"] is not None)


def _write_expected(model, size, path):
    """Write the alpha of the example photo in Keras in float32, and the multiply-adds of the network."""
    from hop_tf.benchmarks.latency.worker.multiply_adds import count_multiply_adds
    from hop_tf.export.graph import deployment_graph
    from hop_tf.export.samples import example_photo

    image, trimap = example_photo(size)
    graph = deployment_graph(model, size)
    alpha = graph.predict_on_batch({"image": np.float32(image)[None], "trimap": np.float32(trimap)[None, ..., None]})
    count = sum(count_multiply_adds(model, size).values())
    np.savez_compressed(path, image=image, trimap=trimap, alpha=alpha["alpha"][0], multiply_adds=count)
