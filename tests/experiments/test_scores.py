import csv

import pytest

from experiments.command_line import main

MATTES = """\
method,trimap,image,SAD,MSE,Grad,Conn
ours,trimap1,a,1.0,0.1,3.0,1.5
ours,trimap1,b,2.0,0.2,5.0,2.5
ours,trimap2,a,4.0,0.4,6.0,4.5
"""


@pytest.fixture
def publish(tmp_path):
    """A function that publishes the scores of three mattes and returns the rows of the published file."""
    (tmp_path / "mattes.csv").write_text(MATTES)

    def run(*options, mattes="mattes.csv", code=0):
        output = tmp_path / "scores.csv"
        command = ["scores", str(tmp_path / mattes), "--test-set", "set", "-o", str(output), *options]
        assert main(command) == code
        return list(csv.DictReader(output.open())) if output.exists() else []

    return run


def test_means_are_published_for_each_kind_of_trimap(publish):
    rows = publish("--weights", "w", "--options", "tta")
    assert rows == [
        dict(method="ours", weights="w", options="tta", test_set="set", trimap="trimap1", images="2")
        | dict(SAD="1.5", MSE="0.15", Grad="4", Conn="2"),
        dict(method="ours", weights="w", options="tta", test_set="set", trimap="trimap2", images="1")
        | dict(SAD="4", MSE="0.4", Grad="6", Conn="4.5"),
    ]


def test_scores_of_the_same_kind_replace_the_old_ones_and_others_stay(publish, tmp_path):
    publish()
    publish("--method", "other")
    (tmp_path / "mattes.csv").write_text(MATTES.replace("4.0,0.4", "7.0,0.4"))
    rows = publish()
    assert [(row["method"], row["SAD"]) for row in rows] == [
        ("ours", "1.5"),
        ("ours", "7"),
        ("other", "1.5"),
        ("other", "4"),
    ]


def test_files_of_another_kind_are_refused(publish, tmp_path, capsys):
    assert publish(mattes="nowhere.csv", code=2) == []
    assert "nowhere.csv: cannot be read (No such file or directory)" in capsys.readouterr().err
    (tmp_path / "mattes.csv").write_text("a,b\n1,2\n")
    assert publish(code=2) == []
    assert "expected the columns method, trimap, image, SAD, MSE, Grad, Conn" in capsys.readouterr().err
