import pytest

from hop_tf.evaluation import tables

RANKS = {"SAD": 1.0, "MSE": 2.0, "Grad": 1.5, "Conn": 1.0, "mean": 1.375}


def test_a_table_in_a_pipe_is_plain_text_with_aligned_columns(capsys):
    tables.print_table(
        tables.ranks_table({"overall": {"[bold]ours": RANKS, "b": RANKS}, "trimap1": {"[bold]ours": RANKS, "b": RANKS}})
    )
    assert capsys.readouterr().out == (
        "average rank  method       SAD   MSE  Grad  Conn  mean\n"
        "------------------------------------------------------\n"
        "overall       [bold]ours  1.00  2.00  1.50  1.00  1.38\n"
        "overall       b           1.00  2.00  1.50  1.00  1.38\n"
        "------------------------------------------------------\n"
        "trimap1       [bold]ours  1.00  2.00  1.50  1.00  1.38\n"
        "trimap1       b           1.00  2.00  1.50  1.00  1.38\n"
    )


@pytest.mark.parametrize("columns", ["40", "80"])
def test_long_names_are_not_truncated(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    name = "a_method_with_a_long_name_" * 8
    tables.print_table(tables.ranks_table({"overall": {name: RANKS}}))
    heading, _, row = capsys.readouterr().out.splitlines()
    assert row.split() == ["overall", name, "1.00", "2.00", "1.50", "1.00", "1.38"]
    assert len(heading) == len(row)
