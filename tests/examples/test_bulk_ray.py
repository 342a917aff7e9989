"""examples/bulk_ray.py on a folder: the results are those of `hop-tf matte`; it continues, and lists bad files."""

import csv
import os
import subprocess
import sys

import pytest
from PIL import Image

from helpers.goldens import ROOT
from hop_tf.cli.app import main

pytest.importorskip("ray.data", reason='needs Ray: pip install "ray[data]"')


def run(folder):
    command = [sys.executable, ROOT / "examples/bulk_ray.py", "photos", "trimaps", "mattes"]
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": str(ROOT)}
    options = ["--workers", "2", "--batch", "2"]
    done = subprocess.run([*command, *options], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    with (folder / "bad_files.csv").open(newline="") as file:
        return done.stdout.splitlines()[-1], {
            os.path.basename(row["photo"]): row["error"] for row in csv.DictReader(file)
        }


@pytest.mark.slow
def test_two_workers_write_what_one_command_does_and_continue(tmp_path, macaw):
    photo, trimap, _ = macaw
    for part, path in {"photos": photo, "trimaps": trimap}.items():
        (tmp_path / part).mkdir()
        for turn in range(4):
            Image.open(path).rotate(90 * turn, expand=True).save(tmp_path / part / f"{turn}.png")
    assert main(["matte", str(tmp_path / "photos"), str(tmp_path / "trimaps"), "-o", str(tmp_path / "expected")]) == 0
    (tmp_path / "photos/alone.png").write_bytes(photo.read_bytes())
    (tmp_path / "photos/text.png").write_text("text")
    (tmp_path / "trimaps/text.png").write_bytes(trimap.read_bytes())
    for name in ("twice.png", "twice.bmp", ".hidden.png", "mask.png"):
        (tmp_path / "photos" / name).write_bytes(photo.read_bytes())
    (tmp_path / "trimaps/twice.png").write_bytes(trimap.read_bytes())
    Image.open(trimap).point(lambda level: level // 200 * 255).save(tmp_path / "trimaps/mask.png")
    said, bad = run(tmp_path)
    assert bad.keys() == {"alone.png", "text.png", "twice.png", "twice.bmp", "mask.png"}
    assert bad["twice.bmp"] == "another file has the same stem; keep one" and bad["mask.png"].startswith("a mask of 0")
    assert bad["alone.png"] == "no trimap has this stem" and bad["text.png"].startswith("photo: not a picture")
    assert sorted(os.listdir(tmp_path / "mattes")) == ["0.png", "1.png", "2.png", "3.png"]
    for path in tmp_path.glob("mattes/*.png"):
        assert path.read_bytes() == (tmp_path / "expected" / path.name).read_bytes()
    (tmp_path / "mattes/2.png").unlink()
    for name in ("text.png", "twice.png", "twice.bmp", "mask.png"):
        (tmp_path / "photos" / name).unlink()
    kept = (tmp_path / "mattes/1.png").stat().st_mtime_ns
    said, bad = run(tmp_path)
    assert said == "5 photos, 4 done before or unpaired, 1 in bad_files.csv" and bad.keys() == {"alone.png"}
    assert (tmp_path / "mattes/2.png").exists() and (tmp_path / "mattes/1.png").stat().st_mtime_ns == kept
