import importlib
import importlib.util
import tomllib

import pytest

from helpers.goldens import ROOT
from hop_tf.export.formats import writer
from hop_tf.inference.formats import EXPORT_FORMATS, FORMATS, format_of
from hop_tf.inference.runtimes.network import Network


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a/hop.onnx", "onnx"),
        ("hop.tflite", "tflite"),
        ("hop.engine", "tensorrt"),
        ("hop.plan", "tensorrt"),
        ("hop/model.xml", "openvino"),
        ("hop.keras", "keras"),
        ("hop.weights.h5", "keras"),
        ("hop.h5", None),
        ("hop_s_9x9", None),
        ("hop", None),
    ],
)
def test_the_suffix_tells_the_format_of_a_file_that_may_not_exist(name, format):
    found = format_of(name)
    assert (found and found.name) == format


@pytest.mark.parametrize(("entry", "format"), [("model.xml", "openvino"), ("saved_model.pb", "saved_model")])
def test_the_files_in_a_folder_tell_its_format(tmp_path, entry, format):
    assert format_of(tmp_path) is None
    (tmp_path / entry).touch()
    assert format_of(tmp_path).name == format


@pytest.mark.parametrize("name", EXPORT_FORMATS)
def test_every_exported_format_has_a_writer_and_a_name_for_examples_that_tells_it(name):
    assert callable(writer(name).write) and callable(writer(name).count)
    format = EXPORT_FORMATS[name]
    assert format.suffix == "" or format_of(format.example).name == name


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
def test_every_format_names_its_runtime_and_extras_of_this_package(format):
    for module in format.reads_with:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"needs {module}")
    module, _, network = format.network.partition(":")
    assert issubclass(getattr(importlib.import_module(module), network), Network)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {format.read_extra, format.write_extra} <= {"", *extras}
