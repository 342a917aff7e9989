"""Networks stored as a folder, on disk or on the Hugging Face Hub, with the file names of KerasHub.

config.json        the arguments of `HOPMatting`
model.weights.h5   its weights
README.md          a model card
"""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hop_tf.errors import MissingPackageError, first_line, install_hint, some_names
from hop_tf.models.weights_file import save_weights_file

if TYPE_CHECKING:
    from hop_tf.models.hop_matting import HOPMatting

CONFIG_FILE, WEIGHTS_FILE, CARD_FILE = FILES = ("config.json", "model.weights.h5", "README.md")
HUB_PREFIX = "hf://"
CLASS = {"module": "hop_tf.models.hop_matting", "class_name": "HOPMatting", "registered_name": "hop_tf>HOPMatting"}

CARD = """\
---
library_name: keras
pipeline_tag: image-segmentation
tags: [image-matting, alpha-matting, hop-tf]
---
# {name}

A network for image matting: it predicts the opacity (alpha) of each pixel of a photo from the photo and a trimap. Its
architecture is hierarchical opacity propagation (Li, Xu and Lu, 2020), implemented by `hop_tf.HOPMatting`.

```python
from hop_tf import Predictor

predictor = Predictor("path/to/this/folder")  # or "hf://owner/name"
alpha = predictor.predict(photo, trimap)  # uint8 [height, width, 3] and [height, width] -> float32 [height, width]
```

| argument | value |
| --- | --- |
{rows}

{parameters:,} parameters. Before you publish the weights, add their training data, scores and licence.
"""


def save_folder(model: HOPMatting, folder: str | os.PathLike) -> None:
    """Write a network's arguments, weights and model card into a folder, which appears whole or not at all.

    Args:
        model: the network; its optimizer is not stored.
        folder: where to write. It may be empty or hold a network saved before, which is replaced.

    Raises:
        FileExistsError: if the folder holds anything else, or is a file.
        OSError: if it cannot be written.
    """
    folder = Path(os.path.realpath(folder))
    _check_replaceable(folder)
    temporary = folder.with_name(f".{uuid.uuid4().hex}")
    config = {**model.get_config(), "dtype": model.dtype_policy.name}
    rows = "\n".join(f"| `{name}` | `{value!r}` |" for name, value in model.config.items())
    try:
        temporary.mkdir()
        (temporary / CONFIG_FILE).write_text(json.dumps({**CLASS, "config": config}, indent=2) + "\n")
        card = CARD.format(name=model.name, rows=rows, parameters=model.count_params())
        (temporary / CARD_FILE).write_text(card, encoding="utf-8")
        save_weights_file(model, temporary / WEIGHTS_FILE)
        _replace(folder, temporary)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def find_folder(preset: str) -> Path | None:
    """Return the folder of a network, downloading it if need be.

    Args:
        preset: path of a folder; or `hf://owner/name`, optionally followed by `@` and a branch, tag or commit.

    Returns:
        `Path`, or `None` if there is no such folder on disk.

    Raises:
        MissingPackageError: if `huggingface_hub`, which a `hf://` handle needs, is not installed.
        FileNotFoundError: if it cannot be downloaded and is not in the cache.
        ValueError: if the handle has another form.
    """
    if not preset.startswith(HUB_PREFIX):
        return Path(preset) if os.path.isdir(preset) else None
    match = re.fullmatch(r"hf://([\w.-]+/[\w.-]+)(?:@(.+))?", preset)
    if not match:
        raise ValueError(
            f"A network on the Hub is named hf://owner/name or hf://owner/name@revision. Received: {preset}"
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise MissingPackageError(f"{preset}: needs huggingface_hub: {install_hint('hub')}") from error
    try:
        return Path(snapshot_download(match[1], revision=match[2], allow_patterns=[CONFIG_FILE, WEIGHTS_FILE]))
    except Exception as error:  # raised by the Hub client, its HTTP library or the disk
        raise FileNotFoundError(f"{preset}: cannot be downloaded ({first_line(error)})") from error


def read_config(folder: Path) -> dict[str, Any]:
    """Return the arguments of the `HOPMatting` in a folder. Nothing but JSON is read, and no code runs.

    Args:
        folder: a folder that `save_folder` wrote.

    Raises:
        ValueError: if the folder holds no `HOPMatting`, or one of another version with other arguments.
    """
    path = folder / CONFIG_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["registered_name"] != CLASS["registered_name"] or not isinstance(content["config"], dict):
            raise ValueError(f"its class is {content['registered_name']}")
        if not isinstance(content["config"].get("dtype", ""), str):
            raise ValueError("its dtype is not a name")
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ValueError(
            f"The folder holds no network that HOPMatting.save_to_preset wrote ({CONFIG_FILE}: {first_line(error)}). "
            f"Received: {folder}"
        ) from error
    return content["config"]


def _check_replaceable(folder):
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileExistsError(f"{folder}: is a file; choose a new or empty folder")
    names = {path.name for path in folder.iterdir()}
    if others := names - set(FILES):
        raise FileExistsError(f"{folder}: holds something else ({some_names(others)}); choose a new or empty folder")
    try:
        if names:
            read_config(folder)
    except ValueError as error:
        raise FileExistsError(
            f"{folder}: holds something else ({some_names(names)}); choose a new or empty folder"
        ) from error


def _replace(folder, new):
    """Put the folder `new` in the place of `folder`; if that fails, `folder` stays as it was."""
    old = new.with_name(new.name + ".old")
    if folder.exists():
        os.rename(folder, old)
    try:
        os.rename(new, folder)
    except BaseException:
        if old.exists():
            os.rename(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
