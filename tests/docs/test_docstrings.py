"""Keras docstrings, as the reference of the documentation site shows them."""

import importlib.util
import inspect
from types import SimpleNamespace

import pytest

from helpers.goldens import ROOT

pytest.importorskip("griffe", reason='needs mkdocstrings: pip install "hop-tf[docs]"')


def test_call_arguments_become_a_list_and_the_example_a_section_that_griffe_knows():
    spec = importlib.util.spec_from_file_location("docs_docstrings", ROOT / "docs/docstrings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    docstring = """
        Scale a picture.

        Call arguments:
            x: `[batch, height, width]`, in 0..1 and
                of any float dtype.
            training, mask: ignored.

        Returns:
            Tensor.

        Example:
            >>> Scale()(1)
        """
    expected = """
        Scale a picture.

        **Call arguments:**

        - **`x`** – `[batch, height, width]`, in 0..1 and
            of any float dtype.
        - **`training, mask`** – ignored.

        Returns:
            Tensor.

        Examples:
            >>> Scale()(1)
        """
    layer = SimpleNamespace(docstring=SimpleNamespace(value=inspect.cleandoc(docstring)))
    module.KerasDocstrings().on_object(obj=layer)
    assert layer.docstring.value == inspect.cleandoc(expected)
