"""Damaged pictures by the hundred; `fuzz.py` says how to read ten thousand."""

from helpers import fuzz


def test_damaged_pictures_are_read_or_refused_in_one_line():
    outcomes, findings = fuzz.run(count=300, seed=1)
    assert findings == []
    for reader in fuzz.READERS:
        read, refused = outcomes[f"{reader.__name__}: read"], outcomes[f"{reader.__name__}: refused"]
        assert read + refused == 300
        assert min(read, refused) > 20  # both kinds occur, or the damage is too mild or too harsh


def test_samples_depend_only_on_seed_and_number():
    files = fuzz.sound_files()
    assert fuzz.sample(files, 1, 7) == fuzz.sample(files, 1, 7)
    assert fuzz.sample(files, 1, 7) != fuzz.sample(files, 1, 8)
    assert fuzz.sample(files, 1, 7) != fuzz.sample(files, 2, 7)


def test_any_error_but_an_image_error_is_a_finding(tmp_path, monkeypatch):
    def read_badly(path):
        raise KeyError("tag")

    monkeypatch.setattr(fuzz, "READERS", {read_badly: (3,)})
    assert fuzz.check(tmp_path / "x.png") == ([], ["read_badly: KeyError: 'tag'"])


def test_a_process_that_dies_is_a_finding_and_the_others_are_still_read(monkeypatch):
    monkeypatch.setattr(fuzz, "_work", dies_at_the_second)
    _, findings = fuzz.run(count=4)
    assert findings == [(number, "the process ended with 1") for number in (1, 3)]


def dies_at_the_second(seed, numbers, folder, sender):
    sender.send(([], []))
    raise SystemExit(1)
