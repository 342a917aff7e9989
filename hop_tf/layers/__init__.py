"""Keras layers of the network: HOP attention, spectral normalisation, mirrored padding, input normalisation."""

from hop_tf.layers.batch_norm import BatchNormalization
from hop_tf.layers.global_hop import GlobalHOP
from hop_tf.layers.local_hop import LocalHOP
from hop_tf.layers.offset_embedding import OffsetEmbedding
from hop_tf.layers.padding import ReflectPadding2D
from hop_tf.layers.patches import extract_patches
from hop_tf.layers.preprocessing import MattingInput
from hop_tf.layers.spectral_conv import SpectralConv2D, SpectralConv2DTranspose

__all__ = [
    "BatchNormalization",
    "GlobalHOP",
    "LocalHOP",
    "MattingInput",
    "OffsetEmbedding",
    "ReflectPadding2D",
    "SpectralConv2D",
    "SpectralConv2DTranspose",
    "extract_patches",
]
