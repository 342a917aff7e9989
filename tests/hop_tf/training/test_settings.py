"""Wrong types, wrong values and nonsense for every key of every table are one line that says what is allowed."""

import dataclasses
import json
import re
import subprocess
import sys

import pytest

import train
from helpers.goldens import ROOT
from hop_tf.training import settings
from hop_tf.training.config import ConfigError, rules_of

TABLES = {field.name: field.default_factory() for field in dataclasses.fields(train.Experiment)}
KEYS = [(table, field.name) for table, values in TABLES.items() for field in dataclasses.fields(values)]
RULES = [(table, key) for table, key in KEYS if rules_of(TABLES[table], key)]

#: TOML values of each type.
OF_TYPE = {
    str: ['"2024"', '""', '"float17"', '"-1"', '"a b\\nc"'],
    int: ["0", "-1", "1_000_000_000_000", "7"],
    float: ["0.5", "nan", "inf", "-inf", "-1.0", "1e30"],
    bool: ["true"],
    list: ["[]", '["SAD", "SAD"]', '["sad"]', "[1]", '[["SAD"]]'],
    dict: ["{a = 1}"],
    object: ["2024-01-01"],
}


def message_of(path, *overrides):
    """Return the error that a config gets, or `None` if it is accepted."""
    try:
        train.read_config(path, overrides, check_files=True)
    except ConfigError as error:
        return str(error)
    return None


@pytest.fixture
def refused(tmp_path):
    """Return the message that a line of a table gets, or `None` if the line is accepted."""

    def read(table, line):
        path = tmp_path / "experiment.toml"
        path.write_text(f"[{table}]\n{line}\n")
        message = message_of(path)
        assert message is None or "\n" not in message
        return message

    return read


@pytest.mark.parametrize("table, key", KEYS)
def test_values_of_another_type_name_key_and_type(refused, table, key):
    kind = type(getattr(TABLES[table], key))
    for other, values in OF_TYPE.items():
        if other is not kind and not (kind is float and other is int):
            for value in values:
                message = refused(table, f"{key} = {value}")
                assert message and f"{table}.{key} must be of type {kind.__name__}, not " in message, value


@pytest.mark.parametrize("table, key", RULES)
def test_values_against_the_rule_name_key_value_and_what_is_allowed(refused, table, key):
    settings = TABLES[table]
    (rule,) = rules_of(settings, key)
    assert rule.allows(getattr(settings, key))
    bad = [value for value in OF_TYPE[type(getattr(settings, key))] if not rule.allows(parsed(value))]
    assert bad
    for value in bad:
        message = refused(table, f"{key} = {value}")
        assert f"{table}.{key} must be {rule.text}, not {parsed(value)!r}" in message


def parsed(value):
    import tomllib

    return tomllib.loads(f"value = {value}")["value"]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("nonsense", ['"x"', "3", "[[1]]", "[]"])
def test_a_table_that_is_no_table_is_named(tmp_path, table, nonsense):
    path = tmp_path / "experiment.toml"
    path.write_text(f"{table} = {nonsense}\n")
    with pytest.raises(ConfigError, match=rf"\[{table}\] must be a table"):
        train.read_config(path, [])


@pytest.mark.parametrize("table, key", [name for name in KEYS if isinstance(getattr(TABLES[name[0]], name[1]), str)])
def test_text_on_the_command_line_needs_no_quotes(tmp_path, table, key):
    path = tmp_path / "experiment.toml"
    path.touch()
    for text in ("2024", "2024-01-01", "true", "1e3", "[a]"):
        message = message_of(path, f"{table}.{key}={text}")
        assert (
            f"{table}.{key} must be " in message and f"not {text!r}" in message
        )  # a text, but not one of those allowed
        assert "of type" not in message


def test_a_number_for_a_text_in_a_file_is_told_to_be_quoted(refused):
    assert refused("data", "foregrounds = 2024").endswith('not 2024; put it in quotes: "2024"')


@pytest.mark.parametrize(
    "table, line, message",
    [
        ("data", "crop_size = 100", "data.crop_size must be a multiple of 32 from 64 to 8192, not 100"),
        ("data", "crop_size = 72", "data.crop_size must be a multiple of 32 from 64 to 8192, not 72"),
        (
            "data",
            "crop_size = 1_000_000_000_000",
            "data.crop_size must be a multiple of 32 from 64 to 8192, not 10000000",
        ),
        ("data", "batch_size = 1_000_000_000", "data.batch_size must be from 1 to 65536, not 1000000000"),
        ("data", "workers = 1_000_000", "data.workers must be from 1 to 1024, not 1000000"),
        ("training", "width = 1e6", "training.width must be 0 or a multiple of 0.25 from 0.25 to 8, not 1000000.0"),
        ("data", "crop_size = 32", "data.crop_size must be a multiple of 32 from 64 to 8192, not 32"),
        ("training", 'dtype = "fp16"', "must be one of float32, mixed_float16, mixed_bfloat16, not 'fp16'"),
        ("training", "steps_per_epoch = 0", "training.steps_per_epoch must be 1 or more, not 0"),
        ("training", "width = 0.3", "training.width must be 0 or a multiple of 0.25 from 0.25 to 8, not 0.3"),
        ("training", 'preset = "hop"', r"training.preset must be a preset \(hop_s_9x9, .*, not 'hop'"),
        ("training", 'initial_weights = "no.weights.h5"', "initial_weights must be an existing file, not 'no.weights"),
        ("training", 'initial_weights = "."', "initial_weights must be an existing file, not '.': it is not a file"),
        ("training", 'imagenet_encoder = "no.pth"', "imagenet_encoder must be an existing file, not 'no.pth'"),
        ("data", 'foregrounds = "no"', "data.foregrounds must be an existing folder, not 'no': it does not exist"),
        ("data", 'backgrounds = "train.py"', "data.backgrounds must be an existing folder.*: it is not a folder"),
        ("validation", 'folder = "no"', "validation.folder must be an existing folder, not 'no'"),
        ("loss", "absolute = 0", r"one of the keys of \[loss\] must be more than 0"),
        ("data", "drawn = 0", "data.drawn must be more than 0 without data.foregrounds, not 0"),
        ("data", 'drawn = 0.2\nrecipe = "paper"', "data.drawn must be 0 with data.recipe paper"),
    ],
)
def test_wrong_settings_say_what_is_allowed(refused, monkeypatch, table, line, message):
    monkeypatch.chdir(ROOT)
    assert re.search(message, refused(table, line))


def test_all_errors_are_reported_at_once(tmp_path):
    path = tmp_path / "experiment.toml"
    path.write_text('[training]\ndtype = "fp16"\nsteps = 7\n[data]\ncrop_size = 100\nlayot = 3\n[optimiser]\nema = 2\n')
    with pytest.raises(ConfigError) as caught:
        train.read_config(path, ["loss.gradient=x", "nonsense", "data.foregrounds=nowhere"], check_files=True)
    for part in ("dtype", "training.steps", "crop_size", "layot", "optimiser", "loss.gradient", "nonsense", "nowhere"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_override_mends_a_wrong_value_of_the_file(tmp_path):
    path = tmp_path / "experiment.toml"
    path.write_text('[training]\ndtype = "fp16"\n')
    assert train.read_config(path, ["training.dtype=float32"]).training.dtype == "float32"


@pytest.mark.parametrize("layout", ["composition-1k", "composition_1k", "alphamatting", "folder", "folders"])
def test_layouts_are_spelt_as_for_evaluation(refused, layout):
    from hop_tf.evaluation.test_sets import LAYOUTS

    assert refused("validation", f'layout = "{layout}"') is None
    assert settings.test_set(layout) in LAYOUTS and set(settings.TEST_SETS) == set(LAYOUTS)


def test_the_names_that_are_allowed_are_those_that_exist():
    from hop_tf.datasets.recipes import RECIPES
    from hop_tf.datasets.sources.opening import LAYOUTS
    from hop_tf.evaluation.metrics import MEASURES
    from hop_tf.models import preset_folder
    from hop_tf.training import rules
    from hop_tf.training.distribution import DISTRIBUTIONS

    def names(table, key):
        return set(rules_of(TABLES[table], key)[0].text.split("one of ")[-1].split(", "))

    assert names("training", "distribution") == set(DISTRIBUTIONS)
    assert names("data", "recipe") == set(RECIPES)
    assert names("data", "layout") == {"auto", *LAYOUTS}
    scores = rules_of(TABLES["validation"], "scores")[0]
    assert scores.allows(list(MEASURES)) and not scores.allows(["Other"])
    assert (rules.CONFIG_FILE, rules.HUB_PREFIX) == (preset_folder.CONFIG_FILE, preset_folder.HUB_PREFIX)


def test_wrong_settings_end_the_process_with_one_line_and_exit_code_2(tmp_path):
    command = [sys.executable, ROOT / "train.py", ROOT / "configs/smoke.toml", "-o", tmp_path / "run"]
    settings = ["data.crop_size=72", "training.initial_weights=none.weights.h5", "training.dtype=fp16"]
    command += [part for setting in settings for part in ("--set", setting)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert all(name in done.stderr for name in ("data.crop_size", "none.weights.h5", "training.dtype"))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("output", ["file", "file/run"])
def test_an_output_folder_that_cannot_be_made_is_refused_before_keras_is_loaded(tmp_path, monkeypatch, capsys, output):
    (tmp_path / "file").touch()
    monkeypatch.setattr("train.train", None)
    monkeypatch.setattr(sys, "argv", ["train.py", str(ROOT / "configs/smoke.toml"), "-o", str(tmp_path / output)])
    assert train.main() == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / output}: ")


@pytest.mark.parametrize("record", ['{"trai', '{"training": {}}', "null", '{"training": [1]}'])
def test_a_damaged_record_of_the_run_is_one_line(tmp_path, record):
    (tmp_path / "experiment.json").write_text(record)
    with pytest.raises(ConfigError, match="experiment.json: is damaged"):
        train.check_can_resume(train.Experiment(), tmp_path)


@pytest.mark.parametrize("table, key, value", [("optimizer", "ema", 0.9), ("training", "dtype", "mixed_float16")])
def test_settings_that_checkpoints_depend_on_are_compared_if_there_is_one(tmp_path, table, key, value):
    experiment = train.Experiment()
    (tmp_path / "experiment.json").write_text(json.dumps(dataclasses.asdict(experiment)))
    setattr(getattr(experiment, table), key, value)
    train.check_can_resume(experiment, tmp_path)
    (tmp_path / "latest.weights.h5").touch()
    with pytest.raises(ConfigError, match=rf"holds a training with {key} .*, not {key} {value}; choose another folder"):
        train.check_can_resume(experiment, tmp_path)
