import numpy as np
import openvino
import pytest

from hop_tf import HOPMatting
from hop_tf.export.exporter import export
from hop_tf.export.samples import as_inputs, example_photo
from hop_tf.inference.formats import EXPORT_FORMATS


@pytest.mark.slow  # the only int8 model of OpenVINO
def test_convolutions_are_int8_while_attention_and_known_pixels_are_not(tmp_path):
    pytest.importorskip("nncf")
    model = HOPMatting(width=0.25, local_hops=1)
    exported = export(model, "openvino", tmp_path / "hop", (64, 64), "int8", input_dtype="uint8", verify=False)
    operations = openvino.Core().read_model(tmp_path / "hop" / "model.xml").get_ops()

    def is_quantized(operation):
        source = operation.input(0).get_source_output().get_node()
        return source.get_type_name() == "FakeQuantize"

    convolutions = [x for x in operations if x.get_type_name() == "Convolution"]
    products = [x for x in operations if x.get_type_name() == "MatMul"]
    assert sum(map(is_quantized, convolutions)) >= 0.8 * len(convolutions) > 30
    assert len(products) >= 4 and not any(map(is_quantized, products))
    assert exported.operations == len(operations)

    photo, trimap = example_photo((64, 64))
    alpha = EXPORT_FORMATS["openvino"].load(tmp_path / "hop")(**as_inputs(photo, trimap, "uint8"))[0, ..., 0]
    known = trimap != 128
    np.testing.assert_array_equal(alpha[known], trimap[known] / 255)
