"""Experiments from TOML files and `TABLE.KEY=VALUE` overrides."""

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from hop_tf.errors import UserError


class ConfigError(UserError):
    """Invalid configuration, explained in one line."""


def fill(experiment: Any, path: str | PathLike, overrides: Sequence[str]) -> None:
    """Set the fields of an experiment from a TOML file, then from overrides.

    Args:
        experiment: a dataclass whose fields are dataclasses, one for each table of the file, with default values.
        path: TOML file. Keys that it omits keep their defaults.
        overrides: texts `"TABLE.KEY=VALUE"`. The value is a TOML value; any other text is a string.

    Raises:
        ConfigError: if the file cannot be read, a table or key is unknown, or a value has another type than the
            default.
    """
    config = _read(path)
    for override in overrides:
        table, key, value = _parse(override)
        config.setdefault(table, {})[key] = value
    for table, values in config.items():
        check_known(table, vars(experiment), "table")
        settings = getattr(experiment, table)
        for key, value in values.items() if isinstance(values, dict) else [(values, None)]:
            check_known(key, vars(settings), f"key of [{table}]")
            kind = type(getattr(settings, key))
            if kind is float and type(value) is int:
                value = float(value)
            if type(value) is not kind:
                raise ConfigError(f"{table}.{key} must be of type {kind.__name__}, not {value!r}")
            setattr(settings, key, value)


def check_known(name: str, known: Iterable[str], what: str) -> None:
    """Raise `ConfigError` with the nearest known name unless `name` is known."""
    if name not in known:
        nearest = difflib.get_close_matches(str(name), known, n=1, cutoff=0)
        raise ConfigError(f"unknown {what}: {name}. Did you mean {nearest[0]}?")


def _read(path):
    try:
        return tomllib.loads(Path(path).read_text())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); expected a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file ({error})") from error


def _parse(override):
    name, equals, value = override.partition("=")
    table, dot, key = name.strip().partition(".")
    if not (equals and dot):
        raise ConfigError(f"--set {override}: expected TABLE.KEY=VALUE, such as optimizer.learning_rate=1e-4")
    try:
        return table, key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return table, key, value.strip()
