import pytest

from hop_tf.training import precision
from hop_tf.training.precision import slow_precision


@pytest.mark.parametrize(
    "dtype, gpu, flags, better",
    [
        ("mixed_float16", False, "avx2", "float32"),
        ("mixed_float16", False, "avx2 amx_bf16", "mixed_bfloat16"),
        ("mixed_float16", False, "avx512_bf16", "mixed_bfloat16"),
        ("mixed_float16", False, None, "float32"),
        ("mixed_bfloat16", False, "avx2", "float32"),
        ("mixed_bfloat16", False, "avx2 amx_bf16", None),
        ("mixed_bfloat16", False, None, None),
        ("float32", False, "avx2", None),
        ("mixed_float16", True, "avx2", None),
        ("mixed_bfloat16", True, "avx2", None),
    ],
)
def test_a_precision_that_is_slow_here_names_a_better_one(tmp_path, monkeypatch, dtype, gpu, flags, better):
    monkeypatch.setattr(precision, "CPU_FLAGS", tmp_path / "cpuinfo")
    if flags is not None:
        (tmp_path / "cpuinfo").write_text(f"flags\t\t: fpu {flags} sse\n")
    warning = slow_precision(dtype, gpu)
    assert warning.endswith(f"training.dtype={better}") if better else warning == ""
    assert "\n" not in warning
