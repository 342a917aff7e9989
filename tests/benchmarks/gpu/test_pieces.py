import numpy as np
import pytest

from hop_tf.benchmarks.gpu.pieces import read_pieces, write_pieces

SIZES = {"a.json": 10, "wheels/b.whl": 30_000, "c/d.onnx": 70_000, "c/e.onnx": 0}


@pytest.fixture
def files(tmp_path):
    """Files of random bytes and their names."""
    rng, named = np.random.default_rng(0), []
    for name, size in SIZES.items():
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.bytes(size))
        named.append((path, name))
    return named


@pytest.mark.parametrize("size", [10_000, 25_000, 1_000_000])
def test_the_pieces_together_are_the_files(files, tmp_path, size):
    pieces = write_pieces(files, tmp_path, size)
    assert max(piece.stat().st_size for piece in pieces) <= size
    assert len(pieces) > 1 or size == 1_000_000
    assert read_pieces(tmp_path, tmp_path / "out") == list(SIZES)
    for path, name in files:
        assert (tmp_path / "out" / name).read_bytes() == path.read_bytes()


def test_the_first_pieces_are_of_use_without_the_others(files, tmp_path):
    pieces = write_pieces(files, tmp_path, 25_000)
    for piece in pieces[2:]:
        piece.unlink()
    assert read_pieces(tmp_path, tmp_path / "out") == ["a.json", "wheels/b.whl"]
    assert not (tmp_path / "out/c/d.onnx").exists()
    (tmp_path / "pack.tar.00").unlink()
    assert read_pieces(tmp_path, tmp_path / "none") == []


def test_a_later_pack_replaces_an_earlier_one(files, tmp_path):
    write_pieces(files, tmp_path, 10_000)
    write_pieces(files[:1], tmp_path)
    assert read_pieces(tmp_path, tmp_path / "out") == ["a.json"]
