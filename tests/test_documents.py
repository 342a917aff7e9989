import re

import pytest

from helpers.goldens import ROOT

FOLDERS = "docs", "examples", "hop_tf", "experiments"
PAGES = [*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in ROOT.glob(f"{folder}/**/*.md"))]
PAGES = [page for page in PAGES if "node_modules" not in page.parts]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_that_exist(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_row_of_a_table_is_a_line_of_its_own(page):
    rules = [line for line in page.read_text().splitlines() if re.search(r"\| ?:?---", line)]
    assert [line for line in rules if not re.fullmatch(r"[| :-]+", line)] == []


@pytest.mark.parametrize("page", ["docs/network.md", "docs/paper.md", "CONTRIBUTING.md"])
def test_files_named_in_the_map_exist(page):
    paths = re.findall(r"`((?:hop_tf|datasets|export|experiments|tests)/[\w/.]+)`", (ROOT / page).read_text())
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", ["network.md", "paper.md"])
def test_definitions_named_in_the_map_exist(page):
    for names, path in re.findall(r"((?:`[\w.]+`, )*`[\w.]+`) in `([\w/]+\.py)`", (ROOT / "docs" / page).read_text()):
        for name in re.findall(r"[\w.]+", names):
            assert re.search(rf"(def|class) {name.rpartition('.')[2]}\b", (ROOT / path).read_text()), f"{name}: {path}"


def test_the_map_in_the_readme_is_the_tree():
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"`([\w/.]+)`", readme[readme.index("| Folder | Contents |") :].split("\n\n")[0]))
    assert [name for name in named if name.endswith("/") and not (ROOT / name).is_dir()] == []
    rooms = {f"hop_tf/{path.parent.name}/" for path in ROOT.glob("hop_tf/*/__init__.py")}
    folders = {f"{path.parent.name}/" for path in ROOT.glob("*/__init__.py")} - {"hop_tf/", "examples/"}
    assert rooms | folders | {"configs/", "tests/", "train.py"} <= named
