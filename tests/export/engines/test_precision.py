import numpy as np
import onnx
import pytest

from helpers.small_onnx import N_WEIGHTS, small_onnx
from hop_tf.export.engines.precision import check_precision, weight_elements
from hop_tf.export.errors import ExportError
from hop_tf.inference.engine_report import Weights


def layers(**counts):
    return {"CONVOLUTION": counts}


@pytest.mark.parametrize(
    ("requested", "counts", "accepted"),
    [
        ("float32", {"float32": 9}, True),
        ("float32", {"float32": 9, "float16": 1}, False),
        ("float16", {"float16": 8, "float32": 2}, True),
        ("float16", {"float16": 7, "float32": 3}, False),
        ("int8", {"int8": 5, "float32": 5}, True),
        ("int8", {"int8": 4, "float32": 6}, False),
        ("float16", {}, True),
    ],
)
def test_nearly_all_arithmetic_must_be_in_the_precision_asked_for(requested, counts, accepted):
    if accepted:
        assert check_precision("x.onnx", requested, layers(**counts)) == requested
    else:
        with pytest.raises(ExportError, match=f"x.onnx: not a {requested} network"):
            check_precision("x.onnx", requested, layers(**counts))


def test_float16_layers_with_float32_weights_in_the_engine_are_refused():
    fitting, too_large = Weights(10**6, 2 * 10**6 + 5000), Weights(10**6, 4 * 10**6)
    assert check_precision("x.onnx", "float16", layers(float16=3), fitting) == "float16"
    with pytest.raises(ExportError, match="not float16: its 1000000 weights take 4000000 bytes"):
        check_precision("x.onnx", "float16", layers(float16=3), too_large)


def test_tables_for_photos_of_one_size_may_be_larger_than_the_weights():
    weights = Weights(10**6, 5 * 10**6)
    assert check_precision("x.onnx", "float16", layers(float16=3), weights, pixels=1500 * 1000) == "float16"
    with pytest.raises(ExportError, match="not float16"):
        check_precision("x.onnx", "float16", layers(float16=3), weights, pixels=500 * 1000)


def test_weights_are_counted_in_initialisers_and_constants(tmp_path):
    model = onnx.load(small_onnx(tmp_path / "small.onnx"))
    assert weight_elements(model) == N_WEIGHTS
    constant = onnx.numpy_helper.from_array(np.zeros((2, 5), np.float16))
    model.graph.node.append(onnx.helper.make_node("Constant", [], ["c"], value=constant))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.zeros(7, np.int64), "shape"))
    assert weight_elements(model) == N_WEIGHTS + 10
