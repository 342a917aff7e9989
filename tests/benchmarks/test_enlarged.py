import numpy as np
from PIL import Image

from helpers.red_channel import red_channel_network
from hop_tf.benchmarks import enlarged


def test_errors_of_enlarged_photos_count_in_the_area_of_the_original(tmp_path, capsys):
    network = tmp_path / "red.keras"
    red_channel_network().save(network)
    pictures = {
        "image": np.full((50, 200, 3), 179),
        "trimap": np.full((50, 200), 128),
        "alpha": np.full((50, 200), 128),
    }
    for name, array in pictures.items():
        (tmp_path / name).mkdir()
        Image.fromarray(array.astype(np.uint8)).save(tmp_path / name / "a.png")
    assert enlarged.main([str(tmp_path), "--factors", "1", "5", "--weights", str(network)]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert rows == ["| 1 times | 2.00 | 2.00 |", "| 5 times | 2.00 | 2.00 |"]  # 10,000 pixels, each 0.2 too high
