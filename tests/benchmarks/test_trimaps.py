import numpy as np

from hop_tf.benchmarks.trimaps import box_of, stroke_through_errors


def test_the_box_is_that_of_alpha_enlarged_and_cut_off_at_the_border():
    alpha = np.zeros((200, 300), np.uint8)
    alpha[:80, 100:140] = 255
    assert box_of(alpha) == (99, 0, 42, 82)


def test_the_stroke_lies_inside_the_largest_error():
    alpha = np.zeros((60, 80), np.uint8)
    alpha[10:50, 10:70] = 255
    mask = alpha > 0
    mask[20:40, 20:30] = False
    mask[2:6, 2:6] = True
    stroke = stroke_through_errors(mask, alpha)
    assert stroke.sum() > 20
    assert stroke[:, 20:30][20:40].sum() == stroke.sum()
    assert not stroke_through_errors(alpha > 0, alpha).any()
