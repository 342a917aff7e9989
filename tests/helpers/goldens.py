import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parents[1] / "data"
# A folder of further goldens, and of photos that the repository may not hold; see tests/data/README.md.
REFERENCE = Path(os.environ.get("HOP_TF_REFERENCE", DATA / "none"))


def golden_files(kind, pattern="*.npz"):
    """Return the goldens of a kind, "network" or "blocks": those of the repository, then further ones."""
    files = {}
    for folder in (DATA / "goldens" / kind, REFERENCE / "goldens" / kind):
        for path in sorted(folder.glob(pattern)):
            files.setdefault(path.name, path)
    return [pytest.param(path, id=path.stem) for path in files.values()]
