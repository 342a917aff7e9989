import re

import numpy as np
from PIL import Image

from helpers.goldens import ROOT
from hop_tf.benchmarks import accuracy
from hop_tf.inference.formats import EXPORT_FORMATS


def test_the_docs_show_every_format_in_every_precision():
    page = (ROOT / "docs/export.md").read_text()
    rows = {tuple(cells) for cells in re.findall(r"^\| (\w+) \| (\w+) \| [\d.]+ \| \d+ \|", page, re.MULTILINE)}
    assert rows == {(name, precision) for name, spec in EXPORT_FORMATS.items() for precision in spec.precisions}


def test_a_folder_without_pictures_is_named(tmp_path, capsys):
    assert accuracy.main([str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert str(tmp_path) in error and error.count("\n") == 1


def test_a_format_that_cannot_be_exported_is_a_row_that_says_why(tmp_path, monkeypatch, capsys):
    def fail(*_, **__):
        raise accuracy.ExportError("no such package")

    monkeypatch.setattr(accuracy, "export", fail)
    for name in ("image", "trimap", "alpha"):
        write_picture(tmp_path / name)
    assert accuracy.main([str(tmp_path), "--formats", "openvino", "tensorrt"]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert re.fullmatch(r"\| Keras \| float32 \| \| \| \| \| \d+\.\d\d \|", rows[0])
    kinds = [precision for name in ("openvino", "tensorrt") for precision in EXPORT_FORMATS[name].precisions]
    assert len(rows) == 1 + len(kinds) and all("no such package" in row for row in rows[1:])


def write_picture(folder):
    folder.mkdir()
    kind = {"image": (64, 96, 3), "trimap": (64, 96), "alpha": (64, 96)}[folder.name]
    Image.fromarray(np.full(kind, 128, np.uint8)).save(folder / "a.png")
