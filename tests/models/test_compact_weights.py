import keras
import numpy as np

from hop_tf import HOPMatting
from hop_tf.models.compact_weights import save_compact_weights


def test_kernels_are_rounded_to_float16_and_all_else_is_kept(tmp_path):
    model = HOPMatting(width=0.25)
    model.compile(keras.optimizers.Adam())
    model.optimizer.build(model.trainable_variables)
    model.save_weights(tmp_path / "full.weights.h5")
    save_compact_weights(model, tmp_path / "compact.weights.h5")
    copy = HOPMatting(width=0.25)
    copy.load_weights(tmp_path / "compact.weights.h5")
    for a, b in zip(model.weights, copy.weights, strict=True):
        a = np.array(a)
        assert (np.array(b) == (a.astype("float16") if a.ndim > 1 else a)).all(), b.path
    sizes = {name: (tmp_path / f"{name}.weights.h5").stat().st_size for name in ("full", "compact")}
    assert sizes["compact"] < sizes["full"] / 4  # half the precision, and without Adam's two moments
    assert sorted(path.name for path in tmp_path.iterdir()) == ["compact.weights.h5", "full.weights.h5"]
