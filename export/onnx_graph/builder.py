"""Nodes, constants and sizes of an ONNX graph under construction."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from hop_tf.export.onnx_graph.forms import Forms

if TYPE_CHECKING:
    import onnx

OPSET, IR_VERSION = 18, 8  # of ONNX 1.13
Size = int | str  # known, or the name of an int64 tensor with one element


class GraphBuilder:
    """An ONNX graph that grows node by node.

    Sizes that are known are ints, and arithmetic with them adds no nodes. Unknown ones are names of int64 tensors.
    Equal constants, and equal operations on sizes, exist only once.

    Args:
        forms: the forms of operations that can be written in several ways.
        batch: number of photos at a time, which counts where memory is limited.

    Attributes:
        forms, batch: the arguments.
        kinds: name of each tensor that a node returns -> the ONNX operator of this node.
    """

    def __init__(self, forms: Forms, batch: int = 1):
        self.forms, self.batch = forms, batch
        self.kinds: dict[str, str] = {}
        self._nodes: list[Any] = []
        self._outermost = self._nodes
        self._initializers: dict[str, Any] = {}
        self._constants: dict[tuple, str] = {}
        self._shared: dict[tuple, Any] = {}
        self._names: dict[str, int] = {}
        self._scope = ""

    @contextlib.contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Begin the names of nodes with `name` within a `with` block."""
        outer, self._scope = self._scope, f"{self._scope}{name}/"
        try:
            yield
        finally:
            self._scope = outer

    def op(self, kind: str, *inputs: Any, outputs: int = 1, **attributes: Any) -> Any:
        """Add a node.

        Args:
            kind: ONNX operator.
            *inputs: names of tensors; arrays and numbers become constants, and `None` an input that is left out.
            outputs: number of outputs.
            **attributes: of the node; those that are `None` are left out.

        Returns:
            Name of the output, or a tuple of names if there are several.
        """
        from onnx import helper

        name = self._unique(self._scope + kind)
        names = [name] if outputs == 1 else [f"{name}_{i}" for i in range(outputs)]
        inputs = tuple("" if x is None else x if isinstance(x, str) else self.constant(x) for x in inputs)
        attributes = {key: value for key, value in attributes.items() if value is not None}
        self._nodes.append(helper.make_node(kind, inputs, names, name=name, **attributes))
        self.kinds.update(dict.fromkeys(names, kind))
        return names[0] if outputs == 1 else tuple(names)

    def constant(self, value: Any, name: str = "constant") -> str:
        """Return the name of a constant. Python ints become int64, floats float32."""
        from onnx import numpy_helper

        array = np.asarray(value)
        if not isinstance(value, np.ndarray | np.generic):
            array = array.astype(np.float32 if array.dtype.kind == "f" else np.int64)
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self._constants:
            self._constants[key] = name = self._unique(self._scope + name)
            self._initializers[name] = numpy_helper.from_array(array, name)
        return self._constants[key]

    def cast(self, x: str, dtype: str) -> str:
        """Cast a tensor to a NumPy dtype."""
        from onnx import helper

        return self.op("Cast", x, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def shared(self, key: tuple, make: Callable[[], Any]) -> Any:
        """Return what `make` returned for this key before; call it the first time, outside of any scope and loop."""
        if key not in self._shared:
            outer = self._scope, self._nodes
            self._scope, self._nodes = f"shared/{key[0]}/", self._outermost
            self._shared[key] = make()
            self._scope, self._nodes = outer
        return self._shared[key]

    def size(self, kind: str, a: Size, b: Size) -> Size:
        """Compute with sizes: `kind` is "Add", "Sub", "Mul", "Div", which rounds down, or "Max"."""
        if isinstance(a, int) and isinstance(b, int):
            return SIZE_FUNCTIONS[kind](a, b)
        if (kind in ("Add", "Sub") and b == 0) or (kind in ("Mul", "Div") and b == 1):
            return a
        return self.shared((kind, a, b), lambda: self.op(kind, *map(_vector, (a, b))))

    def shape(self, *sizes: Size) -> str:
        """Return the name of a shape tensor."""
        if all(isinstance(n, int) for n in sizes):
            return self.constant(list(sizes), "shape")
        if len(sizes) == 1:
            return str(sizes[0])
        return self.shared(("shape", *sizes), lambda: self.op("Concat", *map(_vector, sizes), axis=0))

    def reshape(self, x: str, *sizes: Size) -> str:
        """Reshape a tensor; as in ONNX, 0 keeps a size and -1 takes what is left."""
        return self.op("Reshape", x, self.shape(*sizes))

    def transpose(self, x: str, *axes: int) -> str:
        """Permute the axes of a tensor."""
        return self.op("Transpose", x, perm=axes)

    def slice(self, x: str, axes: dict[int, tuple[Size, Size | None, int]]) -> str:
        """Slice a tensor; `axes` maps an axis to start, stop (`None` for the end) and step."""
        far = int(np.iinfo(np.int64).max)
        starts, steps = [start for start, _, _ in axes.values()], [step for _, _, step in axes.values()]
        stops: list[Size] = [far if stop is None else stop for _, stop, _ in axes.values()]
        return self.op("Slice", x, self.shape(*starts), self.shape(*stops), list(axes), steps)

    def loop(self, count: Size, write: Callable[[str], str], dtype: str) -> str:
        """Write a loop, whose iterations run one after the other.

        Args:
            count: number of iterations.
            write: writes an iteration: it takes the name of its index, an int64 tensor with one element, and returns
                the name of its result. It may read all tensors written before, and write no loop.
            dtype: NumPy dtype of the results.

        Returns:
            Name of the results of all iterations, stacked along a new first axis.
        """
        from onnx import helper

        index, condition = (self._unique(self._scope + name) for name in ("index", "condition"))
        outer, self._nodes = self._nodes, []
        try:
            result = write(self.reshape(index, 1))
            keep_going = self.op("Identity", condition)
            body = self._nodes
        finally:
            self._nodes = outer
        inputs = [_described(index, "int64", []), _described(condition, "bool", [])]
        outputs = [_described(keep_going, "bool", []), _described(result, dtype, None)]
        graph = helper.make_graph(body, self._unique(self._scope + "body"), inputs, outputs)
        return self.op("Loop", np.int64(count) if isinstance(count, int) else count, np.True_, body=graph)

    def finish(self, name: str, inputs: dict[str, tuple], outputs: dict[str, tuple]) -> "onnx.ModelProto":
        """Return the graph, without nodes that no output needs.

        Args:
            name: of the graph.
            inputs: name of each input -> its NumPy dtype and shape.
            outputs: name of each output -> the tensor that it is, and its NumPy dtype and shape.
        """
        from onnx import helper

        for output, (tensor, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [tensor], [output], name=output))
        needed, nodes = set(outputs), []
        for node in reversed(self._nodes):
            if needed.intersection(node.output):
                needed.update(inputs_of(node))
                nodes.append(node)

        graph = helper.make_graph(
            nodes[::-1],
            name,
            [_described(name, *each) for name, each in inputs.items()],
            [_described(name, *each) for name, (_, each) in outputs.items()],
            [tensor for name, tensor in self._initializers.items() if name in needed],
        )
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="hop_tf")

    def _unique(self, name):
        count = self._names[name] = self._names.get(name, -1) + 1
        return f"{name}_{count}" if count else name


def nodes_of(graph: "onnx.GraphProto") -> "list[onnx.NodeProto]":
    """Return the nodes of a graph, those in the bodies of its loops included."""
    return [inner for node in graph.node for inner in (node, *_body_of(node))]


def inputs_of(node: "onnx.NodeProto") -> set[str]:
    """Return the names of the tensors that a node reads, those that only the body of a loop reads included."""
    return {name for inner in (node, *_body_of(node)) for name in inner.input}


SIZE_FUNCTIONS: dict[str, Callable[[int, int], int]] = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": lambda a, b: a * b,
    "Div": lambda a, b: a // b,
    "Max": max,
}


def _body_of(node):
    return [inner for attribute in node.attribute for inner in attribute.g.node]


def _described(name, dtype, shape):
    from onnx import helper

    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)


def _vector(n):
    return [n] if isinstance(n, int) else n
