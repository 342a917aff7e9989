"""Bfloat16 for ONNX, for TensorRT. ONNX Runtime computes no convolutions in bfloat16 on a CPU."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx

OPSET = 22  # the first with convolutions in bfloat16


def to_bfloat16(proto: "onnx.ModelProto") -> "onnx.ModelProto":
    """Return a float16 graph with bfloat16 in place of float16.

    Transposed convolutions compute in float32, since TensorRT for RTX has none in bfloat16.

    Args:
        proto: the graph, changed in place.
    """
    from onnx import TensorProto, helper, version_converter

    nodes = []
    for tensor in _tensors(proto):
        if tensor.data_type == TensorProto.FLOAT16:
            _store(tensor, TensorProto.BFLOAT16)
    for node in proto.graph.node:
        _retarget_casts(node, TensorProto.FLOAT16, TensorProto.BFLOAT16)
        if node.op_type != "ConvTranspose":
            nodes.append(node)
            continue
        for i, name in enumerate(node.input):
            node.input[i] = f"{node.name}/float32_{i}"
            nodes.append(helper.make_node("Cast", [name], [node.input[i]], node.input[i], to=TensorProto.FLOAT))
        result, node.output[0] = node.output[0], f"{node.name}/float32"
        cast = helper.make_node("Cast", [node.output[0]], [result], node.output[0], to=TensorProto.BFLOAT16)
        nodes += [node, cast]
    _replace_nodes(proto, nodes)
    return version_converter.convert_version(proto, OPSET)


def rounded_to_bfloat16(proto: "onnx.ModelProto") -> "onnx.ModelProto":
    """Return a float32 graph that rounds to bfloat16 wherever a bfloat16 graph does, to compare it on a CPU.

    Args:
        proto: the graph that `to_bfloat16` returned, unchanged.
    """
    from onnx import TensorProto, helper, shape_inference

    rounded = shape_inference.infer_shapes(proto)
    inferred = {value.name: value.type.tensor_type.elem_type for value in rounded.graph.value_info}
    nodes = []
    for tensor in _tensors(rounded):
        if tensor.data_type == TensorProto.BFLOAT16:
            _store(tensor, TensorProto.FLOAT)
    for node in rounded.graph.node:
        _retarget_casts(node, TensorProto.BFLOAT16, TensorProto.FLOAT)
        nodes.append(node)
        for i, name in enumerate(node.output):
            if inferred.get(name) == TensorProto.BFLOAT16:
                exact, short = f"{name}/exact", f"{name}/bfloat16"
                node.output[i] = exact
                nodes.append(helper.make_node("Cast", [exact], [short], short, to=TensorProto.BFLOAT16))
                nodes.append(helper.make_node("Cast", [short], [name], exact, to=TensorProto.FLOAT))
    _replace_nodes(rounded, nodes)
    return rounded


def _tensors(proto: "onnx.ModelProto") -> Iterator["onnx.TensorProto"]:
    """Yield the initialisers and the tensors of constants."""
    yield from proto.graph.initializer
    for node in proto.graph.node:
        yield from (attribute.t for attribute in node.attribute if attribute.HasField("t"))


def _store(tensor, dtype):
    from onnx import helper, numpy_helper

    values = numpy_helper.to_array(tensor).astype(np.float32).astype(helper.tensor_dtype_to_np_dtype(dtype))
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def _retarget_casts(node, before, after):
    for attribute in node.attribute:
        if node.op_type == "Cast" and attribute.name == "to" and attribute.i == before:
            attribute.i = after


def _replace_nodes(proto, nodes):
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    del proto.graph.value_info[:]  # their types are no longer true
