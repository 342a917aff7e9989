import sys

import pytest

from hop_tf.errors import UserError
from hop_tf.evaluation.optional import check_installed
from hop_tf.evaluation.ranking import average_ranks


def test_a_missing_package_is_one_line_with_its_install_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich", None)
    with pytest.raises(UserError, match=r'^tables and ranks need rich and scipy: pip install "hop-tf\[report\]"$'):
        check_installed()


def test_ranks_without_scipy_name_the_command_too(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    with pytest.raises(UserError, match="pip install"):
        average_ranks([[[1.0]], [[2.0]]])
