"""What is exported: a network, for which photos, in which precision."""

import contextlib
import dataclasses
import io
from collections.abc import Sequence
from functools import cached_property

import keras
import numpy as np

from hop_tf import HOPMatting, fuse
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.graph import deployment_graph
from hop_tf.models.loading import with_policy


@dataclasses.dataclass(frozen=True)
class Job:
    """One network to be exported.

    Attributes:
        model: `hop_tf.HOPMatting` with the policy float32.
        size: (height, width) in pixels of the photos; None for any.
        batch: int, how many photos at a time; 1 and without meaning for `size=None`.
        precision: str, one of those of the format.
        input_dtype: `"float32"` or `"uint8"`.
        store: `"float32"` or `"float16"`, the type that the kernels of a float32 file are stored in.
        pictures: sequence of (name, photo, trimap, alpha), uint8, from which int8 takes its scales.
        engine: `EngineOptions` for TensorRT, or None.
        float_bias: bool, whether the biases of int8 convolutions stay float32. TensorRT takes no others; ONNX Runtime
            is slower with them.
    """

    model: HOPMatting
    size: tuple[int, int] | None = None
    batch: int = 1
    precision: str = "float32"
    input_dtype: str = "float32"
    store: str = "float32"
    pictures: Sequence = ()
    engine: EngineOptions | None = None
    float_bias: bool = False

    @cached_property
    def reference(self):
        """The network that every export is compared with: neither fused nor of less than float32."""
        return deployment_graph(self.model)

    def run_reference(self, image, trimap):
        """The alpha of `reference`, as a function like those of exported files."""
        return np.array(self.reference({"image": image, "trimap": trimap})["alpha"])  # eager: tracing takes longer

    def graph(self, policy="float32"):
        """The deployment graph, fused, with the dtype policy `"float32"` or `"mixed_float16"`."""
        model = self.model
        if policy != "float32":
            model = with_policy(model, policy)
        return deployment_graph(fuse(model), self.size, self.batch, self.input_dtype)

    def write(self, path, keras_format, policy="float32"):
        """Writes the deployment graph with `keras.Model.export`."""
        graph = self.graph(policy)
        signature = {name: keras.InputSpec(shape=x.shape, dtype=x.dtype, name=name) for name, x in graph.input.items()}
        with contextlib.redirect_stdout(io.StringIO()):  # converters report their progress
            graph.export(str(path), format=keras_format, input_signature=[signature], verbose=False)
