"""The values that the keys of a config may have, beside their type."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from hop_tf.models.presets import presets

CONFIG_FILE, HUB_PREFIX = "config.json", "hf://"  # as in `hop_tf.models.preset_folder`, which needs h5py


class Rule(NamedTuple):
    """The values of a key.

    Attributes:
        text: completes the sentence "KEY must be ...".
        allows: whether a value of the right type is allowed.
    """

    text: str
    allows: Callable[[Any], bool]


def one_of(*names: str) -> Rule:
    """Allow some names."""
    return Rule(f"one of {', '.join(names)}", lambda value: value in names)


def some_of(*names: str) -> Rule:
    """Allow lists of different names."""
    return Rule(
        f"a list of one or more of {', '.join(names)}, each once",
        lambda values: 0 < len(values) and all(value in names and values.count(value) == 1 for value in values),
    )


def at_least(least: float) -> Rule:
    """Allow finite numbers from `least` on."""
    return Rule(f"{least} or more", lambda value: least <= value and math.isfinite(value))


def within(least: int, most: int) -> Rule:
    """Allow numbers from `least` to `most`."""
    return Rule(f"from {least} to {most}", lambda value: least <= value <= most)


def above(limit: float) -> Rule:
    """Allow finite numbers that are larger than `limit`."""
    return Rule(f"more than {limit}", lambda value: limit < value and math.isfinite(value))


def share(below_one: bool = False) -> Rule:
    """Allow numbers from 0 to 1, or to just below 1."""
    text = "0 or more and less than 1" if below_one else "from 0 to 1"
    return Rule(text, lambda value: 0 <= value < 1 or (value == 1 and not below_one))


def multiple_of(step: float, least: float, most: float, or_zero: bool = False) -> Rule:
    """Allow multiples of `step` from `least` to `most`, and 0 if `or_zero`."""
    return Rule(
        f"{'0 or ' if or_zero else ''}a multiple of {step} from {least} to {most}",
        lambda value: least <= value <= most and value % step == 0 or or_zero and value == 0,
    )


def _is_preset(value):
    return value in presets or value.startswith(HUB_PREFIX) or Path(value, CONFIG_FILE).is_file()


PRESET = Rule(f"a preset ({', '.join(presets)}), a folder of save_to_preset or {HUB_PREFIX}owner/name", _is_preset)
