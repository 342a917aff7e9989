"""Real engines of whole networks, built ahead of time for real GPUs."""

import platform

import numpy as np
import pytest

from hop_tf import HOPMatting
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.exporter import export
from hop_tf.export.samples import example_photo
from hop_tf.inference.engine_report import EngineReport
from hop_tf.inference.formats import EXPORT_FORMATS

pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="TensorRT for RTX is installed from PyPI on Linux x86-64 only",
)
CAPABILITIES = ("8.0", "8.6", "8.9", "12.0")
WEIGHTS = {"hop_s_9x9": 6.3e6, "hop_9x9": 25.2e6}


@pytest.mark.parametrize(
    "preset, precision, size",
    [  # each network once in each precision, once for each kind of size
        ("hop_s_9x9", "float16", (128, 128)),
        pytest.param("hop_s_9x9", "float16", None, marks=pytest.mark.slow),
        pytest.param("hop_s_9x9", "float32", (512, 512), marks=pytest.mark.slow),
        pytest.param("hop_s_9x9", "int8", (128, 128), marks=pytest.mark.slow),
        pytest.param("hop_s_9x9", "bfloat16", (128, 128), marks=pytest.mark.slow),
        pytest.param("hop_9x9", "float32", None, marks=pytest.mark.slow),
        pytest.param("hop_9x9", "float16", (512, 512), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_an_engine_is_built_from_the_whole_network(tmp_path, preset, precision, size):
    model = HOPMatting.from_preset(preset, load_weights=preset == "hop_s_9x9")
    path = tmp_path / "hop.engine"
    export(model, "tensorrt", path, size, precision, engine=EngineOptions(precision, CAPABILITIES), verify=False)
    report = EngineReport.read(path)
    assert report.compute_capabilities == CAPABILITIES and report.precision == precision
    assert report.bytes == path.stat().st_size
    assert report.weights.elements == pytest.approx(WEIGHTS[preset], rel=0.05)
    low, high = {"float32": (3.9, 4.4), "float16": (1.9, 2.6), "bfloat16": (1.9, 2.6), "int8": (1, 1.5)}[
        precision
    ]  # constants of shapes are weights too
    assert low <= report.weights.bytes / report.weights.elements <= high
    image = report.input("image")
    assert image.dtype == "float32" and image.shape == ((1, *size, 3) if size else (-1, -1, -1, 3))


@pytest.mark.gpu
@pytest.mark.parametrize("size", [(256, 256), None], ids=["fixed", "dynamic"])
def test_an_engine_mattes_as_keras_does(tmp_path, size):
    model, path = HOPMatting.from_preset("hop_s_9x9"), tmp_path / "hop.engine"
    assert export(model, "tensorrt", path, size, "float16").compared == "tensorrt"
    image, trimap = example_photo((256, 256))
    alpha = EXPORT_FORMATS["tensorrt"].load(path)(np.float32(image)[None], np.float32(trimap)[None, ..., None])
    assert alpha.shape == (1, 256, 256, 1)
