import onnx

from hop_tf import HOPMatting
from hop_tf.export.exporter import export


def test_attention_and_the_last_layer_stay_in_float32(tmp_path):
    model = HOPMatting(width=0.25, local_hops=1)
    export(model, "onnx", tmp_path / "hop.onnx", (41, 70), "int8", batch=2, verify=False)
    graph = onnx.load(tmp_path / "hop.onnx").graph
    producers = {name: node.op_type for node in graph.node for name in node.output}
    kept = [n for n in graph.node if n.op_type == "Conv" and producers.get(n.input[1]) != "DequantizeLinear"]
    (last,) = [node for node in kept if "_hop" not in node.name]
    assert len(kept) == 3 + 2 + 1  # of the global block, of the local block, the last layer
    readers = {node.input[0]: node for node in graph.node if node.input}
    following = [readers[last.output[0]]]
    while following[-1].op_type in ("Transpose", "Reshape", "DepthToSpace"):
        following.append(readers[following[-1].output[0]])
    assert following[-1].op_type == "Tanh"
