import numpy as np
import onnx
import pytest

from helpers.small_onnx import small_onnx
from hop_tf.export.engines.building import build_engine
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.engines.refitting import refit_engine
from hop_tf.export.errors import ExportError
from hop_tf.inference.runtimes.devices import missing_gpu
from hop_tf.inference.runtimes.tensorrt import TensorRTNetwork


@pytest.mark.skipif(not missing_gpu(), reason="there is a GPU")
def test_refitting_without_a_gpu_is_one_line(tmp_path):
    (tmp_path / "e.engine").write_bytes(b"vtrt")
    with pytest.raises(ExportError, match="e.engine: an engine is refitted on a GPU, and [^\\n]*$"):
        refit_engine(tmp_path / "e.engine", tmp_path / "small.onnx", tmp_path / "e.engine")


@pytest.mark.gpu
def test_a_stripped_engine_is_small_until_it_is_refitted(tmp_path):
    source = small_onnx(tmp_path / "small.onnx")
    whole = build_engine(source, tmp_path / "whole.engine", EngineOptions())
    stripped = build_engine(source, tmp_path / "e.engine", EngineOptions(strip_weights=True))
    refitted = refit_engine(tmp_path / "e.engine", source, tmp_path / "refitted.engine")
    assert stripped.bytes < whole.bytes - 100_000 < refitted.bytes
    image, trimap = np.full((1, 32, 48, 3), 99, np.float32), np.full((1, 32, 48, 1), 128, np.float32)
    expected = TensorRTNetwork(tmp_path / "whole.engine")(image, trimap)
    np.testing.assert_allclose(TensorRTNetwork(tmp_path / "refitted.engine")(image, trimap), expected, atol=1e-4)


@pytest.mark.gpu
def test_weights_that_an_onnx_file_lacks_are_named(tmp_path):
    source = small_onnx(tmp_path / "small.onnx")
    build_engine(source, tmp_path / "e.engine", EngineOptions(strip_weights=True))
    model = onnx.load(source)
    model.graph.initializer[1].name = "another"
    onnx.save(model, source)
    with pytest.raises(ExportError, match="e.engine: .* cannot refit it from .*small.onnx: "):
        refit_engine(tmp_path / "e.engine", source, tmp_path / "e.engine")
