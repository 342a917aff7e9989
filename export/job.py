"""One export: a network, the photos it takes and the precision of its file."""

import dataclasses
import math
from collections.abc import Sequence
from functools import cached_property

import keras
import numpy as np

from hop_tf import fuse
from hop_tf.evaluation.reading import Sample
from hop_tf.export.engines.options import EngineOptions
from hop_tf.export.graph import deployment_graph
from hop_tf.layers import GlobalHOP, LocalHOP
from hop_tf.models.loading import with_policy

CACHE_MB = 24  # memory limit of attention with which its scores stay in a processor's cache
LARGEST_IN_SMALL_PARTS = 2048 * 2048  # pixels; with more, a row of tiles exceeds the cache, and graphs become large


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

    def graph(self, network: keras.Model) -> keras.Model:
        """Return the deployment graph of a network that `fused` returned, or of a copy of it."""
        return deployment_graph(network, self.size, self.batch, self.input_dtype)

    def fused(self, policy: str = "float32", small_parts: bool = False) -> keras.Model:
        """Return the fused network.

        Args:
            policy: dtype policy, `"float32"` or `"mixed_float16"`.
            small_parts: whether attention at a fixed size, up to 2048 x 2048, is computed in parts that fit into a
                processor's cache.
        """
        network = fuse(self.network if policy == "float32" else with_policy(self.network, policy))
        if small_parts and self.size and math.prod(self.size) <= LARGEST_IN_SMALL_PARTS:
            for block in network.layers:
                if isinstance(block, (GlobalHOP, LocalHOP)):
                    block.attention_memory_mb = min(block.attention_memory_mb or CACHE_MB, CACHE_MB)
        return network


def _is_float32(layer):
    """Return whether a layer, or every layer of a model, computes in float32; operations have no policy."""
    if isinstance(layer, keras.Model):
        return all(_is_float32(inner) for inner in layer.layers)
    return not isinstance(layer, keras.layers.Layer) or layer.dtype_policy.name == "float32"
