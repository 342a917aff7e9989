"""`make test` runs the notebook with nbmake; here is what nbmake does not check."""

import json

import pytest

from helpers.goldens import ROOT

NOTEBOOK = ROOT / "examples/fine_tuning.ipynb"


@pytest.fixture(scope="module")
def cells():
    return json.loads(NOTEBOOK.read_text())["cells"]


def test_the_notebook_is_stored_without_results(cells):
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code
    assert [cell["source"] for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []
    assert NOTEBOOK.stat().st_size < 20_000


def test_the_tests_run_the_notebook():
    lines = (ROOT / "Makefile").read_text().splitlines()
    assert [line for line in lines if "--nbmake" in line and NOTEBOOK.relative_to(ROOT).as_posix() in line]
