"""Presets: the networks of Tables 2, 4, 5 and 6 of the paper, and those with weights trained by this project."""

#: The preset with bundled weights, used if none is named.
DEFAULT_PRESET = "hop_s_9x9"


def _preset(description, weights=None, onnx=None, **config):
    """Return a preset: the arguments of `HOPMatting`, and the bundled files as pairs of name and SHA-256."""
    return {
        "description": description,
        "weights": weights,
        "onnx": onnx,
        "config": config,
    }


_PLAIN = {"positional_encoding": False, "trimap_embedding": False}

# Random interpolation (RI) changes only the training: rows that differ only in RI share a preset.
presets = {
    "hop_s_9x9": _preset(
        "Half the channels of hop_9x9; weights trained on open and drawn data.",
        weights=("hop_s_9x9.weights.h5", "b063e93a55f942006204718ac1e9990053fe8ca3ce647ecb31184adc249d63c2"),
        # hop-tf export onnx --dynamic --store float16 -o hop_tf/weights/hop_s_9x9.onnx
        onnx=("hop_s_9x9.onnx", "060924f3a833c5cbf22ca3f8be6120ff603e40c8b94344253d3f0e1418663aec"),
        width=0.5,
    ),
    "hop_9x9": _preset("Tables 2 and 6: window 9 x 9, PosE and TriE, the paper's best."),
    "hop_5x5": _preset("Table 2: window 5 x 5, PosE and TriE.", window_size=5),
    "hop_1x1": _preset("Table 4: window 1 x 1, PosE and TriE.", window_size=1),
    "hop_9x9_plain": _preset("Tables 2 and 6: HOP-9x9, neither PosE nor TriE.", **_PLAIN),
    "hop_5x5_plain": _preset("Table 2: HOP-5x5, neither PosE nor TriE.", window_size=5, **_PLAIN),
    "hop_9x9_pose": _preset("Table 6: HOP-9x9 with PosE only.", trimap_embedding=False),
    "hop_9x9_trie": _preset("Table 6: HOP-9x9 with TriE only.", positional_encoding=False),
    "hop_9x9_all_data": _preset("hop_9x9 as released for all training data: another epsilon.", bn_epsilon=1e-5),
    "no_hop": _preset("Tables 2 and 5: the U-Net without HOP blocks.", global_hop=False, local_hops=0),
    "global_hop": _preset("Table 5: the global block only.", local_hops=0, **_PLAIN),
    "global_hop_1_local": _preset("Table 5: the global and the coarsest local block.", local_hops=1, **_PLAIN),
    "global_hop_2_local": _preset("Table 5: the global and the two coarser local blocks.", local_hops=2, **_PLAIN),
    "self_attention_global": _preset(
        "Table 5: the global block only, on opacity features.", attention="self", local_hops=0, **_PLAIN
    ),
    "self_attention": _preset("Table 5: all four blocks, on opacity features.", attention="self", **_PLAIN),
}
