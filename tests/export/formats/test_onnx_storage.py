import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from helpers.small_onnx import small_onnx
from hop_tf.export.formats.onnx_storage import store_in_float16


def arrays(proto):
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in proto.graph.initializer}


def test_large_kernels_are_stored_in_float16_and_cast_to_float32(tmp_path):
    proto = onnx.load(small_onnx(tmp_path / "small.onnx"))
    before = arrays(proto)
    store_in_float16(proto)
    onnx.checker.check_model(proto, full_check=True)
    after = arrays(proto)
    assert {name: array.dtype for name, array in after.items()} == {
        "w0_float16": np.float16,  # [64, 4, 3, 3]
        "w1_float16": np.float16,
        "w2": np.float32,  # [1, 64, 3, 3], too small to count
    }
    np.testing.assert_array_equal(after["w1_float16"], before["w1"].astype(np.float16))
    casts = {node.input[0]: node.output[0] for node in proto.graph.node if node.input[0] in after}
    assert casts == {"w0_float16": "w0", "w1_float16": "w1"}


def test_onnx_runtime_removes_the_casts(tmp_path):
    proto = onnx.load(small_onnx(tmp_path / "small.onnx"))
    casts_before = [node.op_type for node in proto.graph.node].count("Cast")
    store_in_float16(proto)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    optimized = onnx.load(tmp_path / "optimized.onnx")
    assert [node.op_type for node in optimized.graph.node].count("Cast") <= casts_before
    assert {array.dtype for array in arrays(optimized).values()} == {np.dtype(np.float32)}


def test_arrays_out_of_range_vectors_and_index_tables_stay_as_they_are(tmp_path):
    proto = onnx.load(small_onnx(tmp_path / "small.onnx"))
    kept = {
        "mask": np.full((64, 64), -1e9, np.float32),
        "bias": np.zeros(4096, np.float32),
        "indices": np.zeros((64, 64), np.int64),
    }
    proto.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in kept.items())
    store_in_float16(proto)
    after = arrays(proto)
    for name, array in kept.items():
        np.testing.assert_array_equal(after[name], array)
        assert after[name].dtype == array.dtype
