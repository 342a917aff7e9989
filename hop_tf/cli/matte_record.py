"""The records in an output folder of how its results were made, so that no run mixes its results with others.

There is one record for runs without `--shard` and one for each shard, because several may be written at a time.
"""

import argparse
import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import ImageColor

from hop_tf.cli.matte_folder import RECORD
from hop_tf.cli.matte_results import Result
from hop_tf.cli.network_options import Setting, file_setting, network_settings
from hop_tf.cli.trimap_options import origin
from hop_tf.errors import UserError, some_names
from hop_tf.pictures.atomic_write import atomic_write

Paths = tuple[Path | None, ...]  # of a result's inputs, such as a photo and its trimap, and of the result
PICTURE = ("inputs", "replaces")
OTHER_FOLDER = "-o names another folder"
OVERWRITE = f"--overwrite computes them again, {OTHER_FOLDER}"
RECORDS = RECORD.replace(".json", "*.json")  # their names, as a pattern


def settings(args: argparse.Namespace, result: Result) -> dict[str, Setting]:
    """Return all settings that results depend on, by the names that error messages give them.

    Args:
        args: the parsed arguments of `hop-tf matte`.
        result: their `Result`.
    """
    found = result_settings(args, result) | trimap_settings(args)
    found["--dilate-unknown"] = Setting(str(args.dilate_unknown))
    return found | network_settings(args)


def trimap_settings(args: argparse.Namespace) -> dict[str, Setting]:
    """Return the settings that trimaps depend on: what they are made from, and their width."""
    found = {"trimaps": Setting(origin(args.trimap_from))}
    if args.trimap_from is not None:
        found["--width"] = Setting("automatic" if args.width is None else str(args.width))
    return found


def result_settings(args: argparse.Namespace, result: Result) -> dict[str, Setting]:
    """Return the settings of the pictures to write; depth and format only if they are not the default's."""
    found = {"kind": Setting(result.kind)}
    if result.background_path:
        found["--background"] = file_setting(result.background_path)
    elif result.kind == "composite":
        found["--background"] = Setting(args.background, bytes(ImageColor.getrgb(args.background)).hex())
    bits, format = 8 * result.depth.itemsize, result.suffix.removeprefix(".")
    if bits != 8:
        found["--bits"] = Setting(str(bits))
    if format != "png":
        found["--format"] = Setting(format)
    return found


@dataclasses.dataclass(frozen=True)
class Record:
    """How the results in a folder were made.

    Attributes:
        settings: from `settings`.
        pictures: stem of each result -> its inputs, from `_inputs`, and the modification time of the earlier result
            that it replaces, or `None`.
    """

    settings: Mapping[str, Setting]
    pictures: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path) -> "Record | None":
        """Return the record in a file, or `None` if it cannot be read."""
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            settings = {name: Setting(*x) for name, x in fields["settings"].items()}
            return cls(settings, {stem: {key: x[key] for key in PICTURE} for stem, x in fields["pictures"].items()})
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            return None

    @classmethod
    def read_folder(cls, folder: Path) -> dict[str, "Record"]:
        """Return the records in a folder by file name, each without the pictures that a newer record has."""
        found: dict[str, Record] = {}
        for path in sorted(folder.glob(RECORDS), key=lambda path: path.stat().st_mtime_ns, reverse=True):
            if record := cls.read(path):
                newer = set().union(*(each.pictures for each in found.values()))
                pictures = {stem: x for stem, x in record.pictures.items() if stem not in newer}
                found[path.name] = cls(record.settings, pictures)
        return found

    def write(self, folder: Path, name: str = RECORD) -> None:
        """Write the record into a folder. It appears whole or not at all."""
        fields = {
            "settings": {name: [x.shown, x.value] for name, x in self.settings.items()},
            "pictures": self.pictures,
        }
        with atomic_write(folder / name) as aside:
            aside.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")

    def is_made(self, target: Path) -> bool:
        """Return whether a result exists and is not one that an interrupted run was about to replace."""
        replaced = self.pictures.get(target.stem, {}).get("replaces")
        return target.is_file() and target.stat().st_mtime_ns != replaced

    def check(self, settings: Mapping[str, Setting], pictures: Sequence[Paths], folder: Path, advice: str) -> None:
        """Check that results in a folder were made with the same settings and from the same pictures.

        Args:
            settings: those of this run.
            pictures: paths of this run: the inputs of a result, then the result.
            folder: the output folder.
            advice: what to do otherwise.

        Raises:
            UserError: if not.
        """
        suffix = f".{self.settings.get('--format', Setting('png')).value}"
        if not any(self.is_made(folder / f"{stem}{suffix}") for stem in self.pictures):
            return
        if names := self.differences(settings):
            there, here = (
                ", ".join(f"{name} {x[name].shown}" if name in x else f"no {name}" for name in names)
                for x in (self.settings, settings)
            )
            raise UserError(f"{folder}: its results were made with {there}, not with {here}; {advice}")
        for *inputs, target in pictures:
            before = self.pictures.get(target.stem)
            if before and self.is_made(target):
                for (path, *now), (path_then, *then) in zip(_inputs(*inputs), before["inputs"], strict=False):
                    if now != then:
                        source = f"another version of {path}" if path == path_then else f"{path_then}, not from {path}"
                        raise UserError(f"{target}: was made from {source}; {advice}")

    def differences(self, settings: Mapping[str, Setting]) -> list[str]:
        """Return the names of the settings that differ."""
        there, here = ({name: setting.value for name, setting in x.items()} for x in (self.settings, settings))
        return [name for name in {**there, **here} if there.get(name) != here.get(name)]


def begin(
    folder: Path,
    settings: Mapping[str, Setting],
    pictures: Sequence[Paths],
    overwrite: bool,
    advice: str = OVERWRITE,
    name: str = RECORD,
) -> tuple[list[Paths], Record, str | None]:
    """Decide which pictures to compute.

    Args:
        folder: the output folder, which need not exist.
        settings: from `settings`.
        pictures: paths of the inputs of each result, such as a photo and its trimap, then of the result.
        overwrite: whether to compute existing results again.
        advice: what to do about results that were made in another way.
        name: file name of the record that this run will write.

    Returns:
        The pictures to compute, the record to write before the first result, and a warning or `None`.

    Raises:
        UserError: without `overwrite`, if existing results were made in another way.
    """
    there, nothing = Record.read_folder(folder), Record(settings, {})
    before = [nothing, *there.values()]
    if not overwrite:
        for record in before:
            record.check(settings, pictures, folder, advice)
    wanted = [paths for paths in pictures if overwrite or not all(record.is_made(paths[-1]) for record in before)]
    own = there.get(name, nothing)
    kept = {} if own.differences(settings) else dict(own.pictures)
    for *inputs, target in wanted:
        replaces = target.stat().st_mtime_ns if target.is_file() else None
        kept[target.stem] = {"inputs": _inputs(*inputs), "replaces": replaces}
    unknown = [target.name for *_, target in pictures if not there and not overwrite and target.is_file()]
    warning = None
    if unknown:
        warning = f"{folder}: kept results of unknown origin: {some_names(unknown)}"
    return wanted, Record(settings, kept), warning


def _inputs(*paths: Path | None) -> list[list[Any]]:
    """Return path, size in bytes and modification time of each file."""
    stats = [(path, path.stat()) for path in paths if path and path.exists()]
    return [[str(path), stat.st_size, stat.st_mtime_ns] for path, stat in stats]
