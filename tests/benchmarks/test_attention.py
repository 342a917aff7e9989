import pytest

from hop_tf.benchmarks import attention


@pytest.mark.parametrize("kind", attention.FORMS)
@pytest.mark.parametrize("training", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_both_forms_of_a_block_have_the_same_output_and_gradients(kind, training):
    ours, theirs = (attention.function(kind, 64, form, training)() for form in (0, 1))
    assert attention.difference(ours, theirs) <= attention.TOLERANCE


def test_times_are_the_best_of_all_rounds(monkeypatch):
    clock = iter([0, 5, 5, 7, 10, 13, 20, 21])
    monkeypatch.setattr(attention.time, "perf_counter", lambda: next(clock))
    assert attention.best_times([lambda: None, lambda: None], 2) == [3, 1]


def test_peak_memory_is_that_of_a_fresh_process():
    assert 0 <= attention.peak_in_own_process("local", 128, 0) < 2e9


@pytest.mark.parametrize("peaks, good", [([1, 4], True), ([1, 3], False)])
def test_a_ratio_below_its_bound_is_a_failure(monkeypatch, capsys, peaks, good):
    monkeypatch.setattr(attention, "function", lambda *_, **__: lambda: attention.tf.constant(1.0))
    monkeypatch.setattr(attention, "best_times", lambda functions, _: [1.0, 3.0][: len(functions)])
    monkeypatch.setattr(attention, "peak_in_own_process", lambda kind, size, form: peaks[form])
    assert attention.run(64, 1) == good
    assert f"{peaks[1]:.2f} times, at least 4: {'yes' if good else 'NO'}" in capsys.readouterr().out
