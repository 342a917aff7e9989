"""The distribution as users get it: built, listed, installed away from the checkout, and run there."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.goldens import ROOT
from hop_tf import __version__
from hop_tf.inference.predictor import Predictor
from hop_tf.pictures.reading import read_photo, read_trimap

pytestmark = pytest.mark.package

MEGABYTE = 1e6
PHOTO, TRIMAP = ROOT / "examples/macaws.jpg", ROOT / "examples/macaws_trimap.png"


def run(*command, cwd):
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def environment(folder):
    venv.create(folder, with_pip=True)
    return folder / ("Scripts" if sys.platform == "win32" else "bin")


def size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The wheel, built from the source distribution, and that."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, cwd=ROOT)
    run(sys.executable, "-m", "twine", "check", "--strict", *folder.iterdir(), cwd=folder)
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def environments(dist, tmp_path_factory):
    """Two environments that are made at the same time, as futures: the wheel alone, and with its export extras."""
    core, export, downloads = map(tmp_path_factory.mktemp, ("core", "export", "downloads"))

    def make_core():
        programs = environment(core)
        run(programs / "pip", "download", "--quiet", "--dest", downloads, dist[0], cwd=core)
        run(programs / "pip", "install", "--quiet", "--no-index", "--find-links", downloads, dist[0], cwd=core)
        return programs, size(downloads)

    def make_export():
        programs = environment(export)
        run(programs / "pip", "install", "--quiet", "--no-compile", f"{dist[0]}[export,tensorrt]", cwd=export)
        return programs

    with ThreadPoolExecutor() as pool:
        yield {"core": pool.submit(make_core), "export": pool.submit(make_export)}


@pytest.fixture(scope="module")
def core(environments):
    """The programs of an environment that holds the wheel and what it requires, and the bytes downloaded for it."""
    return environments["core"].result()


def test_the_wheel_holds_one_package_with_its_data_and_no_tests(dist):
    with zipfile.ZipFile(dist[0]) as wheel:
        names = set(wheel.namelist())
    assert {name.split("/")[0] for name in names} == {"hop_tf", f"hop_tf-{__version__}.dist-info"}
    wanted = [
        "hop_tf/py.typed",
        "hop_tf/weights/hop_s_9x9.weights.h5",
        "hop_tf/weights/hop_s_9x9.onnx",
        "hop_tf/weights/README.md",
        "hop_tf/datasets/loader.py",
        "hop_tf/export/exporter.py",
        "hop_tf/benchmarks/latency/report/report.html",
        "hop_tf/benchmarks/latency/report/schema.json",
        "hop_tf/examples/macaws.jpg",
    ]
    assert [name for name in wanted if name not in names] == []
    assert [name for name in names if "/tests/" in name or "/results/" in name or name.endswith("train.py")] == []


def test_every_module_of_the_checkout_is_in_the_wheel(dist):
    with zipfile.ZipFile(dist[0]) as wheel:
        names = set(wheel.namelist())
    folders = {
        "hop_tf": "hop_tf",
        "datasets": "hop_tf/datasets",
        "export": "hop_tf/export",
        "benchmarks": "hop_tf/benchmarks",
    }
    modules = {
        f"{inside}/{path.relative_to(ROOT / outside).as_posix()}"
        for outside, inside in folders.items()
        for path in (ROOT / outside).rglob("*.py")
    }
    assert modules - names == set()


def test_the_source_distribution_holds_readme_and_licence(dist):
    with tarfile.open(dist[1]) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert {"README.md", "LICENSE", "pyproject.toml", "hop_tf/__init__.py", "datasets/loader.py"} <= names


def test_the_core_is_small_and_has_neither_tensorflow_nor_keras(core):
    programs, downloaded = core
    packages = next((programs.parent / "lib").glob("python*/site-packages"))
    listed = run(programs / "pip", "list", "--format", "freeze", cwd=programs).stdout.lower()
    assert "tensorflow" not in listed
    assert "keras" not in listed
    assert not (packages / "datasets").exists()
    assert not (packages / "export").exists()
    on_disk = size(programs.parent)
    print(f"downloaded {downloaded / MEGABYTE:.0f} MB, on disk {on_disk / MEGABYTE:.0f} MB")
    assert downloaded <= 180 * MEGABYTE
    assert on_disk <= 400 * MEGABYTE


def test_the_core_mattes_a_photo_as_the_checkout_does(core, tmp_path):
    programs, _ = core
    done = run(programs / "hop-tf", "matte", PHOTO, TRIMAP, "-o", tmp_path / "alpha.png", cwd=tmp_path)
    assert "ONNX Runtime on cpu" in done.stderr
    alpha = np.asarray(Image.open(tmp_path / "alpha.png"), np.float32) / 255
    expected = Predictor("hop_s_9x9").predict(read_photo(PHOTO), read_trimap(TRIMAP))
    np.testing.assert_allclose(alpha, expected, rtol=0, atol=5e-3)


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        (["matte", PHOTO, TRIMAP, "--cutout"], 'pip install "hop-tf[cutout]"'),
        (["matte", PHOTO, TRIMAP, "--runtime", "keras"], 'pip install "hop-tf[keras]"'),
        (["export", "onnx", "--dynamic", "-o", "hop.onnx"], 'pip install "hop-tf[export]"'),
        (["demo"], 'pip install "hop-tf[demo]"'),
        (["benchmark"], 'pip install "hop-tf[benchmark]"'),
    ],
)
def test_a_missing_extra_is_one_line_with_its_install_command(core, tmp_path, command, hint):
    done = subprocess.run([core[0] / "hop-tf", *map(str, command)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode in (2, 3)
    assert hint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_with_the_export_extra_an_onnx_file_and_an_engine_are_exported(environments, tmp_path):
    programs = environments["export"].result()
    done = run(programs / "hop-tf", "export", "onnx", "--dynamic", "-o", "hop.onnx", cwd=tmp_path)
    assert "difference to Keras" in done.stdout
    engine = ("--size", "128x128", "--precision", "float16", "--compute-capability", "8.9", "-o", "hop.engine")
    run(programs / "hop-tf", "export", "tensorrt", *engine, cwd=tmp_path)
    assert Path(tmp_path / "hop.engine").stat().st_size > 10 * MEGABYTE
