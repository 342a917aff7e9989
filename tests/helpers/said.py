import re
from types import SimpleNamespace


def said(capsys):
    """Return the output of a command: `out`, and `err` without the line that says what runs the network."""
    captured = capsys.readouterr()
    return SimpleNamespace(out=captured.out, err=without_network(captured.err))


def without_network(text):
    return re.sub(r"^[^\n]+: [\w ()]+ on (cpu|gpu)(:\d+)?(, \w+)?\n", "", text, flags=re.M)
