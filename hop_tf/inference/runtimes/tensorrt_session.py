"""Runs of a TensorRT engine: buffers, contexts and CUDA graphs that live as long as the engine."""

import dataclasses
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from hop_tf.inference.runtimes.errors import NetworkError
from hop_tf.inference.runtimes.gpu_memory import Gpu, Tensor
from hop_tf.inference.runtimes.tensorrt_engine import OpenEngine

CONTEXTS = 8  # kept at a time


@dataclasses.dataclass
class Bound:
    """A context and the shapes that it is set to.

    Attributes:
        context: `trt.IExecutionContext`.
        shapes: shape of each input.
        launch: queues one run.
        recorded: whether `launch` queues a CUDA graph.
    """

    context: Any
    shapes: dict[str, tuple[int, ...]] | None = None
    launch: Callable[[], None] | None = None
    recorded: bool = False


class EngineSession:
    """Runs an engine; one thread at a time.

    Inputs, output and the engine's scratch memory grow with the largest photo so far, and nothing else is allocated.
    TensorRT for RTX has one context for each profile and captures CUDA graphs itself. In TensorRT a graph is valid only
    while its context is unchanged, so there each shape has a context of its own, and all share the scratch memory.

    Args:
        engine: the engine.
        gpu: the GPU that it is loaded on.
        cuda_graph: whether runs are launched as CUDA graphs.
    """

    def __init__(self, engine: OpenEngine, gpu: Gpu, cuda_graph: bool = True) -> None:
        self._engine, self._gpu = engine, gpu
        self._records = cuda_graph and not engine.rtx
        self._tensors = {name: Tensor(gpu, engine.dtype(name)) for name in ("image", "trimap", "alpha")}
        self._scratch = Tensor(gpu, "uint8")
        self._contexts: OrderedDict[Any, Bound] = OrderedDict()

    @property
    def contexts(self) -> list[Any]:
        """Each `trt.IExecutionContext` in use."""
        return [bound.context for bound in self._contexts.values()]

    def run(self, image: Any, trimap: Any, out: Any = None) -> Any:
        """Return the alpha of a batch of photos.

        Args:
            image: `[batch, height, width, 3]`: a NumPy array of any dtype; or on the GPU, with DLPack or
                `__cuda_array_interface__`, an array of the engine's dtype, which is not copied over the host.
            trimap: `[batch, height, width, 1]`, the same.
            out: array for the alpha, on the host or the GPU; `None` for a new one.

        Returns:
            `out`; or float32 `[batch, height, width, 1]`, where the photos are: a NumPy array, or on the GPU an object
            that supports DLPack.

        Raises:
            NetworkError: on shapes that no profile of the engine contains, or if the engine does not run.
            MemoryError: if the GPU has too little memory.
        """
        gpu, tensors = self._gpu, self._tensors
        gpu.make_current()
        bound = self._bind({"image": tuple(image.shape), "trimap": tuple(trimap.shape)})
        tensors["image"].upload(image)
        tensors["trimap"].upload(trimap)
        assert bound.launch is not None
        bound.launch()
        alpha = tensors["alpha"].download(out, on_gpu=gpu.holds(image))
        if self._records and not bound.recorded:  # the first run of a shape allocates, which a recording must not do
            bound.launch, bound.recorded = gpu.record(bound.launch), True
        return alpha

    def _bind(self, shapes):
        """Return a context that is set to the shapes of the inputs."""
        profile = self._engine.profile_of(shapes["image"][:3])
        key = tuple(shapes.values()) if self._records else profile
        bound = self._contexts.pop(key, None) or Bound(self._engine.create_context(profile, self._gpu.stream))
        if bound.shapes != shapes:
            self._set(bound, shapes)
        else:
            self._resize(bound.context)
        self._contexts[key] = bound
        if len(self._contexts) > CONTEXTS:
            self._contexts.popitem(last=False)
        return bound

    def _set(self, bound, shapes):
        context, engine = bound.context, self._engine
        bound.shapes = None
        for name, shape in shapes.items():
            if not context.set_input_shape(name, shape):
                raise NetworkError(f"the engine does not take {name} of shape {shape}: {engine.log.first_error()}")
        scratch = max(int(context.update_device_memory_size_for_shapes()), 1)
        try:
            moved = self._resize(context) | self._scratch.resize((max(scratch, *self._scratch.shape),))
        except MemoryError:
            self._contexts.clear()
            raise
        if moved:
            self._contexts.clear()  # they use the old memory
        context.set_device_memory(self._scratch.address, scratch)
        for name, tensor in self._tensors.items():
            context.set_tensor_address(name, tensor.address)

        stream = self._gpu.stream

        def launch():  # without a reference to the session, which holds it
            if not context.execute_async_v3(stream):
                raise NetworkError(f"the engine did not run: {engine.log.first_error()}")

        bound.shapes, bound.launch, bound.recorded = shapes, launch, False

    def _resize(self, context):
        """Give the tensors the shapes of a context and return whether that moved one of them."""
        return any([tensor.resize(tuple(context.get_tensor_shape(name))) for name, tensor in self._tensors.items()])
