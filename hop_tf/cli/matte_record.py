"""The record in an output folder of how its results were made, so that no run mixes its results with others."""

import argparse
import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import ImageColor

from hop_tf.cli.matte_folder import RECORD, Paths
from hop_tf.cli.matte_results import Result
from hop_tf.cli.matte_trimaps import OWN_ALPHA, WIDTH
from hop_tf.cli.network_options import Setting, file_setting, network_settings
from hop_tf.errors import UserError, some_names
from hop_tf.pictures.atomic_write import atomic_write

PICTURE = ("inputs", "replaces")


def settings(args: argparse.Namespace, result: Result) -> dict[str, Setting]:
    """Return all settings that results depend on, by the names that error messages give them.

    Args:
        args: the parsed arguments of `hop-tf matte`.
        result: their `Result`.
    """
    found = {"kind": Setting(result.kind)}
    if result.background_path:
        found["--background"] = file_setting(result.background_path)
    elif result.kind == "composite":
        found["--background"] = Setting(args.background, bytes(ImageColor.getrgb(args.background)).hex())
    is_alpha = args.trimap_from == OWN_ALPHA
    found["trimaps"] = Setting("trimaps" if args.trimap_from is None else "alpha channels" if is_alpha else "masks")
    if args.trimap_from is not None:
        found["--width"] = Setting(str(WIDTH if args.width is None else args.width))
    found["--dilate-unknown"] = Setting(str(args.dilate_unknown))
    return found | network_settings(args)


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
    def read(cls, folder: Path) -> "Record | None":
        """Return the record in a folder, or `None` if there is none that can be read."""
        try:
            fields = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            settings = {name: Setting(*x) for name, x in fields["settings"].items()}
            return cls(settings, {stem: {key: x[key] for key in PICTURE} for stem, x in fields["pictures"].items()})
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        """Write the record into a folder. It appears whole or not at all."""
        fields = {
            "settings": {name: [x.shown, x.value] for name, x in self.settings.items()},
            "pictures": self.pictures,
        }
        with atomic_write(folder / RECORD) as aside:
            aside.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")

    def is_made(self, target: Path) -> bool:
        """Return whether a result exists and is not one that an interrupted run was about to replace."""
        replaced = self.pictures.get(target.stem, {}).get("replaces")
        return target.is_file() and target.stat().st_mtime_ns != replaced

    def check(self, settings: Mapping[str, Setting], pictures: Sequence[Paths], folder: Path) -> None:
        """Check that results in a folder were made with the same settings and from the same pictures.

        Args:
            settings: those of this run.
            pictures: (photo, trimap, output) paths of this run.
            folder: the output folder.

        Raises:
            UserError: if not.
        """
        if not any(self.is_made(folder / f"{stem}.png") for stem in self.pictures):
            return
        advice = "--overwrite computes them again, -o names another folder"
        if names := self.differences(settings):
            there, here = (
                ", ".join(f"{name} {x[name].shown}" if name in x else f"no {name}" for name in names)
                for x in (self.settings, settings)
            )
            raise UserError(f"{folder}: its results were made with {there}, not with {here}; {advice}")
        for photo, trimap, target in pictures:
            before = self.pictures.get(target.stem)
            if before and self.is_made(target):
                for (path, *now), (path_then, *then) in zip(_inputs(photo, trimap), before["inputs"], strict=False):
                    if now != then:
                        was = "another version of it" if path == path_then else path_then
                        raise UserError(f"{target}: was made from {was}, not from {path}; {advice}")

    def differences(self, settings: Mapping[str, Setting]) -> list[str]:
        """Return the names of the settings that differ."""
        there, here = ({name: setting.value for name, setting in x.items()} for x in (self.settings, settings))
        return [name for name in {**there, **here} if there.get(name) != here.get(name)]


def begin(
    folder: Path, settings: Mapping[str, Setting], pictures: Sequence[Paths], overwrite: bool
) -> tuple[list[Paths], Record, str | None]:
    """Decide which pictures to compute.

    Args:
        folder: the output folder, which need not exist.
        settings: from `settings`.
        pictures: (photo, trimap, output) paths.
        overwrite: whether to compute existing results again.

    Returns:
        The pictures to compute, the record to write before the first result, and a warning or `None`.

    Raises:
        UserError: without `overwrite`, if existing results were made in another way.
    """
    there = Record.read(folder)
    if there and not overwrite:
        there.check(settings, pictures, folder)
    before = there or Record(settings, {})
    wanted = [paths for paths in pictures if overwrite or not before.is_made(paths[-1])]
    kept = {} if before.differences(settings) else dict(before.pictures)
    for photo, trimap, target in wanted:
        replaces = target.stat().st_mtime_ns if target.is_file() else None
        kept[target.stem] = {"inputs": _inputs(photo, trimap), "replaces": replaces}
    unknown = [target.name for _, _, target in pictures if there is None and not overwrite and target.is_file()]
    warning = None
    if unknown:
        warning = f"{folder}: nothing tells how these results were made, which are kept: {some_names(unknown)}"
    return wanted, Record(settings, kept), warning


def _inputs(*paths: Path | None) -> list[list[Any]]:
    """Return path, size in bytes and modification time of each file."""
    stats = [(path, path.stat()) for path in paths if path and path.exists()]
    return [[str(path), stat.st_size, stat.st_mtime_ns] for path, stat in stats]
