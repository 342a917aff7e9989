"""A tiny model for the package rembg: an ONNX file that finds what is red."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save


def use_rembg_home(home, monkeypatch):
    """Let rembg keep its models in the folder `home`, without network. Skip the test if rembg is not installed."""
    pytest.importorskip("rembg", reason="needs the extra rembg")
    for name in ("U2NET_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REMBG_HOME", str(home))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    return home


def write_rembg_model(home, name="u2netp"):
    """Write the model to where rembg looks for `name`, below its home, and return the path."""
    path = home / "models" / name / f"{name}.onnx"
    path.parent.mkdir(parents=True)
    red = numpy_helper.from_array(np.reshape([9, 0, 0], (1, 3, 1, 1)).astype(np.float32), "red")
    image, mask = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, 320, 320])
        for name, channels in (("image", 3), ("mask", 1))
    )
    nodes = [
        helper.make_node("Conv", ["image", "red"], ["redness"]),
        helper.make_node("Sigmoid", ["redness"], ["mask"]),
    ]
    graph = helper.make_graph(nodes, "red", [image], [mask], [red])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path
