"""Links in Markdown pages, once the pages are part of the documentation site."""

import importlib.util
from types import SimpleNamespace

import pytest

from helpers.goldens import ROOT

pytest.importorskip("mkdocs", reason='needs MkDocs: pip install "hop-tf[docs]"')


@pytest.fixture(scope="module")
def hooks():
    spec = importlib.util.spec_from_file_location("docs_hooks", ROOT / "docs/hooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def on_page(hooks, page, markdown, repo_url=None):
    page = SimpleNamespace(file=SimpleNamespace(src_uri=page))
    return hooks.on_page_markdown(markdown, page, SimpleNamespace(repo_url=repo_url), files=None)


@pytest.mark.parametrize(
    ("page", "markdown", "expected"),
    [
        ("data.md", "[scores](evaluation.md#test-sets)", "[scores](evaluation.md#test-sets)"),
        ("reference/data.md", "[Data](../data.md)", "[Data](../data.md)"),
        ("data.md", "[there](#layouts), [far](https://example.org/x.md)", None),
        ("index.md", "[export](docs/export.md)", "[export](export.md)"),
        ("index.md", "![three photos](docs/images/gallery.jpg)", "![three photos](images/gallery.jpg)"),
        ("index.md", "[card](hop_tf/weights/README.md)", "[card](model_card.md)"),
        ("model_card.md", "[how](../../docs/weights.md)", "[how](weights.md)"),
        ("export.md", "[`fuse`](../hop_tf/models/fusion.py)", "`fuse` (`hop_tf/models/fusion.py`)"),
        ("index.md", "[`train.py`](train.py)", "`train.py`"),
    ],
)
def test_links_lead_to_pages_and_other_files_are_named(hooks, page, markdown, expected):
    assert on_page(hooks, page, markdown) == (expected or markdown)


def test_other_files_are_linked_where_the_repository_has_an_address(hooks):
    linked = on_page(hooks, "export.md", "[fuse](../hop_tf/models/fusion.py)", "https://example.org/hop/")
    assert linked == "[fuse](https://example.org/hop/blob/main/hop_tf/models/fusion.py)"


def test_sources_of_pages_exist(hooks):
    assert [source for source in hooks.PAGES.values() if not (ROOT / source).is_file()] == []
