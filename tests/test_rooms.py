"""Who may import whom: the arrows between rooms point one way."""

import ast

import pytest

from helpers.goldens import ROOT

# From the ground floor up: a room may import those named before it in its row's list, and itself.
MAY_USE = {
    "hop_tf.errors": [],
    "hop_tf.pictures": ["errors"],
    "hop_tf.trimaps": ["errors", "pictures"],
    "hop_tf.frames": ["errors", "pictures", "trimaps"],
    "hop_tf.layers": ["errors", "pictures"],
    "hop_tf.evaluation": ["errors", "pictures"],
    "hop_tf.weights": ["errors"],
    "hop_tf.models": ["errors", "pictures", "layers", "weights"],
    "hop_tf.inference": ["errors", "pictures", "layers", "models", "weights"],
    "hop_tf.training": ["errors", "pictures", "layers", "evaluation", "models", "inference"],
    "hop_tf.demo": ["errors", "pictures", "trimaps", "models", "inference"],
    "datasets": ["errors", "pictures"],
    "export": ["errors", "pictures", "layers", "evaluation", "models", "inference", "datasets", "weights"],
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ([f"hop_tf.{alias.name}" for alias in node.names] if node.module == "hop_tf" else [node.module])


def files_of(room):
    place = ROOT / room.replace(".", "/")
    return [place.with_suffix(".py")] if place.with_suffix(".py").is_file() else sorted(place.rglob("*.py"))


@pytest.mark.parametrize("room", MAY_USE)
def test_a_room_imports_only_rooms_below_it(room):
    own = room.removeprefix("hop_tf.")
    allowed = {own, *MAY_USE[room], *(["HOPMatting", "fuse", "presets"] if own == "export" else [])}
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in files_of(room)
        if path.name != "__main__.py"
        for name in imports(path)
        if name.startswith("hop_tf.") and name.split(".")[1] not in allowed
    ]
    assert files_of(room)
    assert wrong == []


def test_no_file_lies_outside_a_room():
    loose = {path.name for path in (ROOT / "hop_tf").glob("*.py")}
    assert loose <= {"__init__.py", "__main__.py", "errors.py"}


def test_imports_name_the_installed_package():
    """`datasets` and `export` are other packages of other projects; here they are hop_tf.datasets and hop_tf.export."""
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for folder in ("hop_tf", "datasets", "export", "benchmarks", "experiments", "tests")
        for path in (ROOT / folder).rglob("*.py")
        for name in imports(path)
        if name.split(".")[0] in ("datasets", "export", "benchmarks")
    ]
    assert wrong == []
