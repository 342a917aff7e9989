import pytest

from hop_tf.benchmarks import attention


@pytest.mark.parametrize("kind", attention.FORMS)
def test_both_forms_of_a_block_have_the_same_output(kind):
    ours, theirs = (attention.function(kind, 64, form)() for form in (0, 1))
    assert attention.difference(ours, theirs) <= attention.TOLERANCE


def test_times_are_the_best_of_all_rounds(monkeypatch):
    calls, clock = [], iter([0, 5, 5, 7, 10, 13, 20, 21])
    monkeypatch.setattr(attention.time, "perf_counter", lambda: next(clock))
    functions = [lambda: calls.append("ours"), lambda: calls.append("theirs")]
    assert attention.best_times(functions, 2) == [3, 1]
    assert calls == ["ours", "theirs"] * 3


def test_a_ratio_below_its_bound_is_a_failure(monkeypatch, capsys):
    monkeypatch.setattr(attention, "function", lambda *_, **__: lambda: attention.tf.constant(1.0))
    monkeypatch.setattr(attention, "best_times", lambda functions, _: [1.0, 3.0][: len(functions)])
    for peaks, code in (([1, 4], 0), ([1, 3], 1)):
        monkeypatch.setattr(attention, "peak_in_own_process", lambda kind, size, form, peaks=peaks: peaks[form])
        assert attention.main(["--size", "64", "--rounds", "1"]) == code
    assert "3.00 times, at least 4: NO" in capsys.readouterr().out
