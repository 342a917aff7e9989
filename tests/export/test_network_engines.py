"""Real engines of whole networks, built for real GPUs on a machine that has none."""

import json
import platform

import numpy as np
import pytest

from export.engines.options import EngineOptions
from export.engines.report import report_path
from export.exporting import export
from export.formats import FORMATS
from export.onnx_file import count_onnx
from export.pictures import example_photo
from hop_tf import HOPMatting

pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="TensorRT for RTX is installed from PyPI on Linux x86-64 only",
)
CAPABILITIES = ("8.0", "8.6", "8.9", "12.0")
WEIGHTS = {"hop_s_9x9": 6.3e6, "hop_9x9": 25.2e6}


@pytest.mark.parametrize("size", [(512, 512), None], ids=["fixed", "dynamic"])
@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize("preset", WEIGHTS)
def test_an_engine_is_built_of_the_whole_network(tmp_path, preset, precision, size):
    model = HOPMatting.from_preset(preset, load_weights=preset == "hop_s_9x9")
    path = tmp_path / "hop.engine"
    export(model, "tensorrt", path, size, precision, engine=EngineOptions(precision, CAPABILITIES), verify=False)
    report = json.loads(report_path(path).read_text())
    assert report["compute_capabilities"] == list(CAPABILITIES) and report["precision"] == precision
    assert report["bytes"] == path.stat().st_size
    assert report["weights"]["elements"] == pytest.approx(WEIGHTS[preset], rel=0.05)
    low, high = {"float32": (3.9, 4.4), "float16": (1.9, 2.6)}[precision]  # constants of shapes are weights too
    assert low <= report["weights"]["bytes"] / report["weights"]["elements"] <= high
    image = report["inputs"][0]
    assert image["dtype"] == "float32" and image["shape"] == ([1, 512, 512, 3] if size else [-1, -1, -1, 3])


def test_the_onnx_file_of_the_published_network_has_few_nodes(tmp_path):
    model = HOPMatting.from_preset("hop_9x9", load_weights=False)
    exported = export(model, "onnx", tmp_path / "hop.onnx", (128, 160), verify=False)
    assert exported.operations == count_onnx(tmp_path / "hop.onnx") <= 1200
    assert exported.bytes < 1.1 * 4 * WEIGHTS["hop_9x9"]


@pytest.mark.gpu
def test_an_engine_mattes_as_keras_does(tmp_path):
    model = HOPMatting.from_preset("hop_s_9x9")
    exported = export(
        model, "tensorrt", tmp_path / "hop.engine", (256, 256), "float16", engine=EngineOptions("float16")
    )
    assert exported.compared == "tensorrt"
    image, trimap = example_photo((256, 256))
    alpha = FORMATS["tensorrt"].load(tmp_path / "hop.engine")(
        np.float32(image)[None], np.float32(trimap)[None, ..., None]
    )
    assert alpha.shape == (1, 256, 256, 1)
