import onnx

from hop_tf import HOPMatting
from hop_tf.export.exporter import export
from hop_tf.export.onnx_graph.builder import nodes_of


def test_the_file_of_the_published_network_has_few_nodes_and_no_large_constants(tmp_path):
    model = HOPMatting(window_size=9, width=0.25)  # as many nodes as at full width
    exported = export(model, "onnx", tmp_path / "hop.onnx", (128, 160), verify=False)
    assert exported.operations == len(nodes_of(onnx.load(tmp_path / "hop.onnx").graph)) <= 600
    assert exported.bytes < 4 * model.count_params() + 2e6
