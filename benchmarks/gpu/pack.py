"""Write all that a GPU machine without network needs, the most important first.

    python -m benchmarks gpu-pack -o build/gpu-pack

The folder `files` holds wheels, exported networks, engines and training data; what lies there is not made again, so an
interrupted run can be continued. `pack.tar.00` and so on are the same in pieces of at most 58 MiB.
"""

import argparse
import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hop_tf.benchmarks.gpu.pieces import write_pieces
from hop_tf.cli import arguments
from hop_tf.errors import UserError, first_line

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
    add("--training-data", type=Path, metavar="DIR", help="folder with cutouts/ and photos/; default: drawn samples")
    args = parser.parse_args(argv)
    files = args.output / "files"
    files.mkdir(parents=True, exist_ok=True)
    wheels = [] if args.no_wheels else _wheels(files / "wheels")
    wanted = itertools.product(args.precisions, args.networks, args.sizes)
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
    """Download the wheels of the tested versions for CPython 3.12 on Linux."""
    from importlib.metadata import version

    folder.mkdir(exist_ok=True)
    wanted = [f"{name}=={version(name)}" for name in WHEELS]
    platforms = [f"--platform=manylinux_2_{n}_x86_64" for n in (17, 24, 27, 28, 34)] + [
        "--platform=manylinux2014_x86_64"
    ]
    options = ["--python-version=3.12", "--only-binary=:all:", "--no-deps", "--quiet", *platforms, f"--dest={folder}"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", *options, *wanted], stderr=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise UserError(f"wheels cannot be downloaded: {first_line(done.stderr.strip().rpartition(chr(10))[2])}")
    order = [name.replace("-", "_").lower() for name in WHEELS]
    return sorted(folder.glob("*.whl"), key=lambda path: order.index(path.name.partition("-")[0].lower()))


def _export(files, network, precision, size, args):
    """Export one network and return its entry; `None` if that is not possible, which is printed."""
    from hop_tf.export.exporter import export
    from hop_tf.inference.formats import EXPORT_FORMATS

    text = f"{size[0]}x{size[1]}"
    onnx = files / network / f"{precision}_{text}.onnx"
    expected = files / network / f"keras_{text}.npz"
    entry = {"network": network, "precision": precision, "size": list(size)}
    try:
        if precision not in EXPORT_FORMATS["onnx"].precisions:
            raise UserError(f"ONNX files have no precision {precision}")
        model = _model(network)
        onnx.parent.mkdir(exist_ok=True)
        if not onnx.exists():
            export(model, "onnx", onnx, size, precision, verify=False)
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


def _model(network, cache={}):  # noqa: B006  one network at a time
    if network not in cache:
        import keras

        from hop_tf import HOPMatting, presets

        cache.clear()
        keras.utils.set_random_seed(0)
        cache[network] = HOPMatting.from_preset(network, load_weights=presets[network]["weights"] is not None)
    return cache[network]


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
