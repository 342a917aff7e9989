"""Networks in a folder and, through its cache, on the Hugging Face Hub."""

import json
import os
import sys

import numpy as np
import pytest

from hop_tf import HOPMatting, Predictor
from hop_tf.models.loading import load_network

FILES = ["README.md", "config.json", "model.weights.h5"]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def model():
    return HOPMatting(window_size=5, width=0.25, global_hop=False, local_hops=1, dtype="mixed_bfloat16", name="small")


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("presets") / "small"
    model.save_to_preset(path)
    return path


@pytest.fixture
def hub_cache(folder, tmp_path, monkeypatch):
    """The cache of huggingface_hub, offline, with the folder as owner/small: branch main and tag v1."""
    pytest.importorskip("huggingface_hub")
    from huggingface_hub import constants, file_download

    storage = tmp_path / file_download.repo_folder_name(repo_id="owner/small", repo_type="model")
    snapshot = storage / "snapshots" / COMMIT
    for path in (storage / "blobs", storage / "refs", snapshot):
        path.mkdir(parents=True)
    for i, name in enumerate(FILES):
        blob = storage / "blobs" / f"{i:064x}"
        blob.write_bytes((folder / name).read_bytes())
        file_download._create_symlink(str(blob), str(snapshot / name))
    for revision in ("main", "v1"):
        file_download._cache_commit_hash_for_specific_revision(str(storage), revision, COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def assert_same(copy, model):
    assert copy.get_config() == model.get_config()
    for a, b in zip(copy.weights, model.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_network_comes_back_from_its_folder(model, folder):
    assert sorted(os.listdir(folder)) == FILES
    assert_same(HOPMatting.from_preset(folder), model)


def test_the_predictor_takes_a_folder(folder):
    trimap = np.full((20, 30), 128, np.uint8)
    alpha = Predictor(folder).predict(np.zeros((20, 30, 3), np.uint8), trimap)
    assert alpha.shape == (20, 30) and np.isfinite(alpha).all()


def test_other_arguments_than_those_of_the_weights_are_refused(folder):
    assert HOPMatting.from_preset(folder, dtype="float32").dtype_policy.name == "float32"
    assert HOPMatting.from_preset(folder, load_weights=False, window_size=3).window_size == 3
    with pytest.raises(ValueError, match="belong to a network with {'window_size': 5}"):
        HOPMatting.from_preset(folder, window_size=3)


def test_the_card_names_the_network_and_its_arguments(model, folder):
    card = (folder / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: keras\n")
    assert "# small" in card and "| `window_size` | `5` |" in card and f"{model.count_params():,} parameters" in card


@pytest.mark.parametrize("handle", ["hf://owner/small", "hf://owner/small@v1"])
def test_a_network_on_the_hub_is_found_in_the_cache(hub_cache, model, handle):
    assert_same(load_network(handle), model)


def test_a_network_missing_from_the_hub_is_named(hub_cache):
    with pytest.raises(FileNotFoundError, match=r"hf://owner/other: cannot be downloaded \(Cannot find"):
        HOPMatting.from_preset("hf://owner/other")
    with pytest.raises(ValueError, match="hf://owner/name@revision. Received: hf://small"):
        HOPMatting.from_preset("hf://small")


def test_without_huggingface_hub_the_command_to_install_it_is_given(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match=r'pip install "hop-tf\[hub\]"'):
        HOPMatting.from_preset("hf://owner/small")


def test_a_folder_saved_before_or_an_empty_one_is_replaced(model, tmp_path):
    model.save_to_preset(tmp_path / "empty")
    (tmp_path / "empty" / "README.md").write_text("a better card")
    other = HOPMatting(width=0.25, global_hop=False, local_hops=0)
    other.save_to_preset(tmp_path / "empty")
    assert HOPMatting.from_preset(tmp_path / "empty").config == other.config
    assert os.listdir(tmp_path) == ["empty"]


@pytest.mark.parametrize("name", ["notes.txt", "config.json", "README.md"])
def test_a_folder_that_holds_something_else_is_left_alone(model, tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / name).write_text("{}")
    with pytest.raises(FileExistsError, match=f"holds something else \\({name}\\)"):
        model.save_to_preset(tmp_path / "folder")
    assert os.listdir(tmp_path) == ["folder"] and os.listdir(tmp_path / "folder") == [name]


def test_a_file_in_place_of_the_folder_is_left_alone(model, tmp_path):
    (tmp_path / "file").write_text("text")
    with pytest.raises(FileExistsError, match="is a file"):
        model.save_to_preset(tmp_path / "file")


@pytest.mark.parametrize("fails", ["hop_tf.models.preset_folder.save_weights_file", "os.rename"])
def test_a_failed_write_leaves_the_old_folder(folder, model, tmp_path, monkeypatch, fails):
    target = tmp_path / "target"
    model.save_to_preset(target)
    before = (target / "config.json").stat().st_ino
    rename = os.rename

    def fail(source, *args):
        if fails == "os.rename" and source == target:
            return rename(source, *args)  # the old folder is moved aside, then the new one cannot take its place
        if str(source).endswith(".old"):
            return rename(source, *args)
        raise OSError("no space")

    monkeypatch.setattr(fails, fail)
    with pytest.raises(OSError, match="no space"):
        model.save_to_preset(target)
    assert os.listdir(tmp_path) == ["target"] and (target / "config.json").stat().st_ino == before


@pytest.mark.parametrize(
    "content, reason",
    [
        (None, "No such file"),
        ("no json", "Expecting value"),
        ("[1]", "list indices"),
        ({"registered_name": "keras_hub>Gemma", "config": {}}, "its class is keras_hub>Gemma"),
        (
            {"registered_name": "hop_tf>HOPMatting", "config": {"dtype": {"class_name": "Lambda"}}},
            "dtype is not a name",
        ),
    ],
)
def test_a_folder_of_another_kind_is_refused(tmp_path, content, reason):
    if content is not None:
        (tmp_path / "config.json").write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ValueError, match=f"holds no network that HOPMatting.save_to_preset wrote .*{reason}"):
        load_network(tmp_path)


def test_arguments_of_another_version_are_refused(folder, tmp_path):
    content = json.loads((folder / "config.json").read_text())
    content["config"]["depth"] = 3
    (tmp_path / "config.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="no such arguments. Received: depth"):
        HOPMatting.from_preset(tmp_path, load_weights=False)


def test_a_folder_that_does_not_exist_is_an_unknown_preset(tmp_path):
    with pytest.raises(ValueError, match="neither a folder.*Received: preset=.*none"):
        HOPMatting.from_preset(tmp_path / "none")
