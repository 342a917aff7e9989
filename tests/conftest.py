import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data"
# Goldens and photos that the repository may not or need not hold; tests use them where they lie beside it.
REFERENCE = Path(os.environ.get("HOP_TF_REFERENCE", ROOT.parent / "shared"))


def golden_files(kind, pattern="*.npz"):
    """Goldens of a kind, "network" or "blocks": those of the repository, then those beside it that it lacks."""
    files = {}
    for folder in (DATA / "goldens" / kind, REFERENCE / "goldens" / kind):
        for path in sorted(folder.glob(pattern)):
            files.setdefault(path.name, path)
    return [pytest.param(path, id=path.stem) for path in files.values()]
