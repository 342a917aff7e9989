import pytest

from helpers.runs import finish, losses
from helpers.tiny_training import CONFIG


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(CONFIG)
    return path


def test_processes_that_make_batches_change_no_sample(config, tmp_path):
    finish(config, tmp_path / "thread", "training.steps=6")
    finish(config, tmp_path / "processes", "training.steps=6", "data.workers=2")
    assert losses(tmp_path / "processes") == pytest.approx(losses(tmp_path / "thread"), abs=1e-5)
