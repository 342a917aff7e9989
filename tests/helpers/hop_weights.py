"""Weights of a HOP block under their released names: drawn at random, and set in a layer."""

import numpy as np


def draw_hop_weights(rng, appearance_channels, channels, key_dim, trimap_channels=0):
    def normal(*shape):
        return rng.standard_normal(shape).astype("float32")

    kernel = normal(channels, channels, 1, 1)
    left, _, right = np.linalg.svd(kernel[:, :, 0, 0])
    weights = {
        "scale": 1 + np.abs(normal(1)),
        "guidance_conv.weight": normal(key_dim, appearance_channels, 1, 1),
        "guidance_conv.bias": 0.1 * normal(key_dim),
        "pos_embed_linear.weight": normal(key_dim, key_dim) / key_dim,
        "pos_embed_linear.bias": 0.1 * normal(key_dim),
        "W.0.module.weight_bar": kernel,
        "W.0.module.weight_u": left[:, 0],
        "W.0.module.weight_v": right[0],
        "W.1.weight": 1 + 0.1 * normal(channels),
        "W.1.bias": 0.1 * normal(channels),
        "W.1.running_mean": 0.1 * normal(channels),
        "W.1.running_var": 1 + 0.2 * np.abs(normal(channels)),
    }
    if trimap_channels:
        weights["trimap_embed_conv.weight"] = normal(key_dim, trimap_channels, 1, 1)
        weights["trimap_embed_conv.bias"] = 0.1 * normal(key_dim)
    return weights


def set_hop_weights(layer, weights, *shapes):
    """Build a HOP layer for inputs of these shapes and set its weights."""
    layer.build(*shapes)
    layer.scale.assign(weights["scale"].squeeze())
    _set_conv(layer.query_key_conv, weights, "guidance_conv")
    if layer.positional_encoding:
        layer.offset_embedding.kernel.assign(weights["pos_embed_linear.weight"].T)
        layer.offset_embedding.bias.assign(weights["pos_embed_linear.bias"])
    if getattr(layer, "trimap_embedding", False):
        _set_conv(layer.trimap_conv, weights, "trimap_embed_conv")
    layer.output_conv.kernel.assign(weights["W.0.module.weight_bar"].transpose(2, 3, 1, 0))
    layer.output_conv.u.assign(weights["W.0.module.weight_u"])
    layer.output_conv.v.assign(weights["W.0.module.weight_v"])
    layer.output_norm.gamma.assign(weights["W.1.weight"])
    layer.output_norm.beta.assign(weights["W.1.bias"])
    layer.output_norm.moving_mean.assign(weights["W.1.running_mean"])
    layer.output_norm.moving_variance.assign(weights["W.1.running_var"])


def _set_conv(layer, weights, name):
    layer.kernel.assign(weights[f"{name}.weight"].transpose(2, 3, 1, 0))
    layer.bias.assign(weights[f"{name}.bias"])


def output_of(opacity, y, weights, epsilon=1e-3):
    """Return a block's output: the opacity feature plus BatchNorm of the spectrally normalised convolution of `y`."""
    kernel = weights["W.0.module.weight_bar"][:, :, 0, 0].astype("float64")
    sigma = weights["W.0.module.weight_u"] @ kernel @ weights["W.0.module.weight_v"]
    z = (y @ (kernel / sigma).T - weights["W.1.running_mean"]) / np.sqrt(weights["W.1.running_var"] + epsilon)
    return opacity + z * weights["W.1.weight"] + weights["W.1.bias"]
