"""The files and folders that the documentation takes for the user's own, drawn small."""

import shutil
from pathlib import Path

import cv2
import numpy as np

from helpers.goldens import ROOT

SIZE = 64, 96
COUNT = 12  # pictures in a folder; `hop-tf data check` wants ten


def write_users_files(folder: Path, names) -> None:
    """Write some of `FILES` into a folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        FILES[name](path)


def _alpha(number=0):
    alpha = cv2.circle(np.zeros(SIZE, np.uint8), (48, 32), 12 + number, 255, -1)
    return cv2.GaussianBlur(alpha, (9, 9), 3)


def _trimap(number=0):
    alpha = _alpha(number)
    near = cv2.dilate(alpha, np.ones((5, 5))) != cv2.erode(alpha, np.ones((5, 5)))
    return np.where(near, 128, alpha).astype(np.uint8)


def _photo(number=0):
    rng = np.random.default_rng(number)
    smooth = cv2.resize(rng.integers(0, 256, (4, 6, 3), np.uint8), SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    return np.where(_alpha(number)[..., None] > 127, 255 - smooth, smooth)


def _cutout(number=0):
    return np.dstack([_photo(number), _alpha(number)])


def _mask(number=0):
    return np.where(_alpha(number) > 127, 255, 0).astype(np.uint8)


def _half(number=0):
    return np.where(_trimap(number) == 128, 128, _alpha(number)).astype(np.uint8)


def _picture(draw):
    return lambda path: cv2.imwrite(str(path), draw())


def _pictures(draw, suffix=".png", count=COUNT):
    def write(folder):
        folder.mkdir(parents=True)
        for number in range(count):
            cv2.imwrite(str(folder / f"{number}{suffix}"), draw(number))

    return write


def _alphamatting(folder):
    for part, draw in {"input": _photo, "alpha": _alpha, "trimap1": _trimap, "trimap2": _trimap}.items():
        _pictures(draw, count=2)(folder / part)


def _own_test_set(folder):
    for part, draw in {"image": _photo, "trimap": _trimap, "alpha": _alpha}.items():
        _pictures(draw, count=2)(folder / part)


def _finished_mattes(draw):
    return lambda folder: [_pictures(draw, count=2)(folder / kind) for kind in ("trimap1", "trimap2")]


def _composition_1k(folder):
    for part, draw in {"merged": _photo, "alpha": _alpha, "trimap": _trimap}.items():
        _pictures(draw, suffix="_0.png", count=2)(folder / part)


def _adobe(folder):
    for part in ("Training_set/Adobe-licensed images", "Training_set/Other", "Test_set/Adobe-licensed images"):
        _pictures(_photo, ".jpg", count=2)(folder / part / "fg")
        _pictures(_alpha, count=2)(folder / part / "alpha")
    for number in range(2):
        for place in range(20):
            trimaps = folder / "Test_set/Adobe-licensed images/trimaps"
            trimaps.mkdir(exist_ok=True)
            cv2.imwrite(str(trimaps / f"{number}_{place}.png"), _trimap(number))


def _film(path):
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 24, SIZE[::-1])
    for number in range(COUNT):
        video.write(_photo(number))
    video.release()


def _split(folder):
    _pictures(_photo, count=2)(folder / "fg")
    _pictures(_alpha, count=2)(folder / "alpha")


def _copy(source):
    return lambda path: shutil.copyfile(ROOT / source, path)


def _random_weights(path):
    from hop_tf import HOPMatting
    from hop_tf.models.weights_file import save_weights_file

    save_weights_file(HOPMatting.from_preset("hop_9x9", load_weights=False), path)


FILES = {
    "cat.jpg": _picture(_photo),
    "cat.png": _picture(_cutout),
    "cat_trimap.png": _picture(_trimap),
    "mask.png": _picture(_mask),
    "photos/": _pictures(_photo, ".jpg"),
    "trimaps/": _pictures(_trimap),
    "frames/": _pictures(_photo),
    "clip.mp4": _film,
    "cutouts/": _pictures(_cutout),
    "foregrounds/": _pictures(_cutout),
    "backgrounds/": _pictures(_photo, ".jpg"),
    "train2017": _pictures(_photo, ".jpg"),
    "VOCdevkit/VOC2012/JPEGImages/": _pictures(_photo, ".jpg", count=40),
    "Combined_Dataset": _adobe,
    "split/": _split,
    "kodak/": _pictures(_photo),
    "composition-1k/": _composition_1k,
    "alphamatting/": _alphamatting,
    "my_pictures/": _own_test_set,
    "mattes/": _finished_mattes(_alpha),
    "others/": _finished_mattes(_half),
    "input/": _pictures(_photo),
    "trimap1/": _pictures(_trimap),
    "alpha/": _pictures(_alpha),
    "hop.onnx": _copy("hop_tf/weights/hop_s_9x9.onnx"),
    "final.weights.h5": _copy("hop_tf/weights/hop_s_9x9.weights.h5"),
    "run_11.weights.h5": _copy("hop_tf/weights/hop_s_9x9.weights.h5"),
    "hop_9x9.weights.h5": _random_weights,
    "old/report.json": _copy("benchmarks/results/hop_s_9x9/report.json"),
    "new/report.json": _copy("benchmarks/results/hop_s_9x9/report.json"),
}
