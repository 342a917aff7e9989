import pytest

from experiments.rows import PUBLISHED, TABLES, describe, row_of
from hop_tf import presets


def test_every_preset_made_for_a_table_is_a_row_of_it():
    made_for = {name: preset["description"].partition(":")[0] for name, preset in presets.items()}
    pairs = [(name, n) for name, text in made_for.items() if text.startswith("Table") for n in TABLES if str(n) in text]
    assert {table for _, table in pairs} == set(TABLES)
    for name, table in pairs:
        assert name in {row.preset for row in TABLES[table]}
    assert PUBLISHED.keys() == {row.name for row in TABLES[2]}


def test_a_name_gives_the_preset_and_whether_interpolation_is_random():
    assert row_of("hop_5x5+ri") == ("hop_5x5", True)
    assert row_of("no_hop").name == "no_hop"
    with pytest.raises(ValueError, match="unknown preset 'hop_7x7'; expected one of .*no_hop"):
        row_of("hop_7x7")


def test_a_row_is_described_by_what_the_tables_vary():
    assert describe(row_of("hop_5x5+ri")) == {
        "network": "hop_5x5+ri",
        "blocks": "global + 3 local",
        "window": "5 x 5",
        "queries and keys": "appearance",
        "PosE": "yes",
        "TriE": "yes",
        "RI": "yes",
    }
    assert describe(row_of("self_attention_global"))["queries and keys"] == "opacity"
    assert set(describe(row_of("no_hop")).values()) == {"no_hop", "none", ""}
