import onnx

from helpers.tiny_training import tiny_network
from hop_tf.benchmarks.gpu.pack import current_wheels, write_engine_source


def test_wheels_of_earlier_versions_are_removed(tmp_path):
    names = ["keras-3.15.1-py3-none-any.whl", "keras-3.14.0-py3-none-any.whl", "absl_py-2.3-py3-none-any.whl"]
    for name in [*names, "gone-1.0-py3-none-any.whl"]:
        (tmp_path / name).touch()
    found = current_wheels(tmp_path, {"absl-py": "2.3", "keras": "3.15.1"})
    assert [path.name for path in found] == [names[2], names[0]]
    assert sorted(tmp_path.iterdir()) == sorted(found)


def test_the_pack_holds_what_engines_are_built_from_in_bfloat16_too(tmp_path):
    path = tmp_path / "hop.onnx"
    write_engine_source(tiny_network(), (64, 64), "bfloat16", path)
    graph = onnx.load(path).graph
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    kernels = {x.name: x.data_type for x in graph.initializer}
    bfloat16 = [node for node in convolutions if kernels.get(node.input[1]) == onnx.TensorProto.BFLOAT16]
    assert len(bfloat16) > 0.7 * len(convolutions)
