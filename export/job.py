"""One export: a network, the photos it takes and the precision of its file."""

import contextlib
import dataclasses
import io
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hop_tf import fuse
from hop_tf.evaluation.reading import Sample
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.graph import deployment_graph
from hop_tf.layers import GlobalHOP, LocalHOP
from hop_tf.models.loading import with_policy

CACHED_MB = 24  # of attention, which then stays in a processor's cache


@dataclasses.dataclass(frozen=True)
class Job:
    """A network to export.

    Attributes:
        model: the network, of any dtype policy, fused or not.
        size: (height, width) in pixels of the photos; `None` for any.
        batch: photos at a time; ignored if `size` is `None`.
        precision: one of the format's precisions.
        input_dtype: `"float32"` or `"uint8"`.
        store: `"float32"` or `"float16"`, the type of the kernels in a float32 file.
        pictures: pictures that calibrate an int8 network.
        calibration: how an int8 ONNX graph finds the ranges of its activations: one of ONNX's `calibrations`.
        engine: options of TensorRT.
        for_tensorrt: whether an ONNX file is the source of an engine. TensorRT requires float32 biases of int8
            convolutions and has fast transposed convolutions; ONNX Runtime is faster without them.
    """

    model: keras.Model
    size: tuple[int, int] | None = None
    batch: int = 1
    precision: str = "float32"
    input_dtype: str = "float32"
    store: str = "float32"
    pictures: Sequence[Sample] = ()
    calibration: str = "percentile"
    engine: EngineOptions | None = None
    for_tensorrt: bool = False

    @cached_property
    def network(self) -> keras.Model:
        """The network in float32, as which it is exported, whatever policy it was trained or saved with."""
        return self.model if _is_float32(self.model) else with_policy(self.model, "float32")

    @cached_property
    def reference(self) -> keras.Model:
        """The graph that every export is compared with: `network`, which this method does not fuse."""
        return deployment_graph(self.network)

    def run_reference(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """Return the alpha that `reference` finds, with the arguments of an exported network."""
        return np.array(self.reference({"image": image, "trimap": trimap})["alpha"])  # eager: tracing takes longer

    def graph(self, **form: Any) -> keras.Model:
        """Return the deployment graph of the network that `fused` returns for `form`."""
        return deployment_graph(self.fused(**form), self.size, self.batch, self.input_dtype)

    def fused(
        self,
        policy: str = "float32",
        cached: bool = False,
        transposed_convolution: type[keras.layers.Conv2DTranspose] = keras.layers.Conv2DTranspose,
    ) -> keras.Model:
        """Return the fused network.

        Args:
            policy: dtype policy, `"float32"` or `"mixed_float16"`.
            cached: whether attention at a fixed size is computed in parts that stay in a processor's cache.
            transposed_convolution: class of the transposed convolutions.
        """
        network = self.network if policy == "float32" else with_policy(self.network, policy)
        network = fuse(network, transposed_convolution)
        for block in network.layers if cached else ():
            if isinstance(block, (GlobalHOP, LocalHOP)):
                block.attention_memory_mb = min(block.attention_memory_mb or CACHED_MB, CACHED_MB)
        return network

    def write(self, path: Path, keras_format: str, **form: Any) -> None:
        """Write the deployment graph with `keras.Model.export`, in one of its formats; see `graph`."""
        graph = self.graph(**form)
        signature = {name: keras.InputSpec(shape=x.shape, dtype=x.dtype, name=name) for name, x in graph.input.items()}
        with contextlib.redirect_stdout(io.StringIO()):  # converters report their progress
            graph.export(str(path), format=keras_format, input_signature=[signature], verbose=False)


def _is_float32(layer):
    """Return whether a layer, or every layer of a model, computes in float32; operations have no policy."""
    if isinstance(layer, keras.Model):
        return all(_is_float32(inner) for inner in layer.layers)
    return not isinstance(layer, keras.layers.Layer) or layer.dtype_policy.name == "float32"
