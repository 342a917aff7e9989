from pathlib import Path

import pytest

from hop_tf.export.publishing import publish


def test_the_old_export_is_restored_if_the_new_one_cannot_replace_it(tmp_path, monkeypatch):
    old, written = tmp_path / "model", tmp_path / "written/model"
    old.mkdir()
    (old / "saved_model.pb").write_text("old")
    written.mkdir(parents=True)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        publish(written, old, tmp_path / "before")
    assert (old / "saved_model.pb").read_text() == "old"
