"""Experiments from TOML files and `TABLE.KEY=VALUE` overrides."""

import dataclasses
import difflib
import tomllib
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from hop_tf.errors import UserError
from hop_tf.training.rules import Rule


class ConfigError(UserError):
    """Invalid configuration, explained in one line."""


def fill(experiment: Any, path: str | PathLike, overrides: Sequence[str]) -> dict[str, str]:
    """Set the fields of an experiment from a TOML file, then from overrides.

    Args:
        experiment: a dataclass whose fields are dataclasses, one for each table of the file, with default values. The
            type of their fields may be `Annotated` with a `hop_tf.training.rules.Rule`.
        path: TOML file. Keys that it omits keep their defaults.
        overrides: texts `"TABLE.KEY=VALUE"`. The value is a TOML value; any other text is a string. For keys that hold
            text, every value is text, such as the folder `2024`.

    Returns:
        What is wrong, by `"TABLE.KEY"`: unknown tables and keys, and values of another type than the default or against
        the rule. These keys keep their defaults.

    Raises:
        ConfigError: if the file cannot be read.
    """
    problems: dict[str, str] = {}
    for table, values in _read(path).items():
        for key, value in values.items() if isinstance(values, dict) else [("", values)]:
            _set(experiment, table, key, value, None, problems)
    for override in overrides:
        table, key, value, text = _parse(override, problems)
        if table:
            _set(experiment, table, key, value, text, problems)
    return problems


def _set(experiment, table, key, value, text, problems):
    """Set one key; `text` is how the value was written on the command line, `None` in a file."""
    name = f"{table}.{key}"
    try:
        check_known(table, vars(experiment), "table")
        settings = getattr(experiment, table)
        if not key:
            raise ConfigError(
                f"[{table}] must be a table with keys such as {next(iter(vars(settings)))}, not {value!r}"
            )
        check_known(key, vars(settings), f"key of [{table}]")
        kind = type(getattr(settings, key))
        if kind is float and type(value) is int:
            value = float(value)
        if kind is str and text is not None and type(value) is not str:
            value = text
        if type(value) is not kind:
            hint = f'; put it in quotes: "{value}"' if kind is str and not isinstance(value, (list, dict)) else ""
            raise ConfigError(f"{name} must be of type {kind.__name__}, not {value!r}{hint}")
        for rule in rules_of(settings, key):
            if not rule.allows(value):
                raise ConfigError(f"{name} must be {rule.text}, not {value!r}")
        setattr(settings, key, value)
        problems.pop(name, None)  # an override mends the file
    except ConfigError as error:
        problems[name] = str(error)


def rules_of(settings: Any, key: str) -> tuple[Rule, ...]:
    """Return the rules in the annotation of a dataclass's field."""
    kind = next(field.type for field in dataclasses.fields(settings) if field.name == key)
    return tuple(rule for rule in getattr(kind, "__metadata__", ()) if isinstance(rule, Rule))


def check_known(name: str, known: Iterable[str], what: str) -> None:
    """Raise `ConfigError` with the nearest known name unless `name` is known."""
    if name not in known:
        nearest = difflib.get_close_matches(str(name), known, n=1, cutoff=0)
        raise ConfigError(f"unknown {what}: {name}. Did you mean {nearest[0]}?")


def _read(path):
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); expected a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file ({error})") from error


def _parse(override, problems):
    """Return table, key, value and the value's text; on a mistake, the table is empty and `problems` holds it."""
    name, equals, text = override.partition("=")
    table, dot, key = (part.strip() for part in name.partition("."))
    text = text.strip()
    if not (equals and table and dot and key):
        problems[override] = f"--set {override}: expected TABLE.KEY=VALUE, such as optimizer.learning_rate=1e-4"
        return "", "", None, ""
    try:
        parsed = tomllib.loads(f"value = {text}")
        return table, key, parsed["value"] if len(parsed) == 1 else text, text
    except tomllib.TOMLDecodeError:
        return table, key, text, text
