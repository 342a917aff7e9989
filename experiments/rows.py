"""The rows of the paper's Tables 2, 5 and 6: presets trained with or without random interpolation (RI)."""

from typing import NamedTuple

from hop_tf.models.presets import presets

RI = "+ri"


class Row(NamedTuple):
    """A row, named after its preset, with `+ri` appended if it is trained with random interpolation."""

    preset: str
    random_interpolation: bool

    @property
    def name(self) -> str:
        """The name on the command line and of the output folder."""
        return self.preset + RI * self.random_interpolation


def row_of(name: str) -> Row:
    """Return the row of a name such as `hop_9x9` or `hop_9x9+ri`; raise `ValueError` if the preset is unknown."""
    preset = name.removesuffix(RI)
    if preset not in presets:
        raise ValueError(f"unknown preset {preset!r}; expected one of {', '.join(presets)}, and {RI} for RI")
    return Row(preset, name.endswith(RI))


def _rows(*names):
    return [row_of(name) for name in names]


TABLES = {
    2: _rows("hop_5x5_plain", "hop_9x9_plain", "no_hop+ri", "hop_5x5+ri", "hop_9x9+ri"),
    5: _rows(
        "no_hop",
        "global_hop",
        "global_hop_1_local",
        "global_hop_2_local",
        "hop_9x9_plain",
        "self_attention_global",
        "self_attention",
    ),
    6: _rows("hop_9x9_plain", "hop_9x9_pose", "hop_9x9_trie", "hop_9x9", "hop_9x9+ri"),
}

#: SAD, MSE x 10^-3, Grad and Conn of Table 2, on Composition-1k.
PUBLISHED = {
    "hop_5x5_plain": (34.82, 9.0, 16.01, 32.04),
    "hop_9x9_plain": (33.44, 8.2, 15.62, 30.44),
    "no_hop+ri": (30.45, 6.8, 13.23, 26.81),
    "hop_5x5+ri": (28.12, 5.8, 11.36, 24.13),
    "hop_9x9+ri": (27.80, 5.7, 11.25, 23.73),
}


def describe(row: Row) -> dict[str, str]:
    """Return the parts of the network as the columns of the ablation tables: `{heading: text}`."""
    config = {"window_size": 9, "global_hop": True, "local_hops": 3, "attention": "hop"}
    config |= {"positional_encoding": True, "trimap_embedding": True, **presets[row.preset]["config"]}
    blocks = ["global"] * config["global_hop"] + [f"{config['local_hops']} local"] * (config["local_hops"] > 0)
    ticks = {"PosE": config["positional_encoding"], "TriE": config["trimap_embedding"]}
    ticks = {name: bool(blocks) and ticked for name, ticked in ticks.items()} | {"RI": row.random_interpolation}
    return {
        "network": row.name,
        "blocks": " + ".join(blocks) or "none",
        "window": "{0} x {0}".format(config["window_size"]) if config["local_hops"] else "",
        "queries and keys": {"hop": "appearance", "self": "opacity"}[config["attention"]] if blocks else "",
        **{name: "yes" if ticked else "" for name, ticked in ticks.items()},
    }
