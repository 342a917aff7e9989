import numpy as np

from hop_tf.evaluation.contact_sheet import GAP, LINE, SIDE, contact_sheet, worst
from hop_tf.evaluation.scoring import MatteFile, Result
from hop_tf.evaluation.test_sets import pair


def results(draw, sads, methods=("ours",)):
    names = list(sads)
    photos = draw("input", **{name: np.full((20, 30, 3), (200, 40, 0)) for name in names})
    trimap = np.full((20, 30), 128)
    trimap[:, :15] = 0
    folders = [draw(folder, **dict.fromkeys(names, content)) for folder, content in (("trimap", trimap), ("alpha", 0))]
    pictures = pair(*folders, photos)
    mattes = draw("mattes", **dict.fromkeys(names, 255))
    return [
        Result(
            MatteFile(method, "", picture, mattes / f"{picture.name}.png"),
            {"SAD": sads[picture.name], "MSE": 0.1, "Grad": 1.0, "Conn": 2.0},
            False,
        )
        for method in methods
        for picture in pictures
    ]


def test_the_worst_by_sad_come_first(draw):
    rows = worst(results(draw, {"good": 1.0, "bad": 9.0, "fair": 3.0}), 2)
    assert [[result.task.picture.name for result in row] for row in rows] == [["bad"], ["fair"]]


def test_each_row_shows_all_methods_of_a_picture(draw):
    rows = worst(results(draw, {"good": 1.0, "bad": 9.0}, methods=("ours", "other")), 1)
    assert [[result.task.method for result in row] for row in rows] == [["ours", "other"]]


def test_sheet_shows_photo_trimap_alpha_matte_and_error_of_unknown_pixels(draw):
    sheet = contact_sheet(worst(results(draw, {"a": 1.0, "b": 2.0}), 8))
    height = round(SIDE * 20 / 30)
    assert sheet.shape == (LINE + 2 * (LINE + height + GAP), 5 * SIDE + 4 * GAP, 3)
    row = 2 * LINE + height // 2
    levels = [sheet[row, column * (SIDE + GAP) + SIDE * 3 // 4].tolist() for column in range(5)]
    assert levels[:4] == [[200, 40, 0], [128, 128, 128], [0, 0, 0], [255, 255, 255]]
    assert min(levels[4][:2]) > 200  # bright yellow: off by 1
    assert max(sheet[row, 4 * (SIDE + GAP) + SIDE // 4]) < 10  # known, so not scored
    assert (sheet[:LINE] < 128).any() and (sheet[LINE : 2 * LINE] < 128).any()


def test_long_names_and_several_methods_fit(draw):
    rows = worst(results(draw, {"n" * 200: 1.0}, methods=("ours", "m" * 90)), 1)
    assert contact_sheet(rows).shape[1] == 7 * SIDE + 6 * GAP
