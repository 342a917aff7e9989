from types import SimpleNamespace

import pytest

from helpers.runs import draw_pictures
from helpers.tiny_training import train_here, write_config


@pytest.fixture(scope="session")
def one_device(tmp_path_factory):
    """A finished training on one device: its `config`, `settings` and `output`. Half of its steps are a checkpoint."""
    folder = tmp_path_factory.mktemp("one_device")
    draw_pictures(folder / "pictures")
    settings = (
        "training.steps=6",
        "loss.laplacian=0.5",
        "loss.composition=0.5",
        f"validation.folder={folder / 'pictures'}",
        "validation.every=6",
    )
    run = SimpleNamespace(config=write_config(folder), settings=settings, output=folder / "run")
    train_here(run.config, run.output, *settings)
    return run
