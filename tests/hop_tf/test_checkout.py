"""A checkout works from its root even if another copy of the package, or none, is installed."""

import subprocess
import sys

import pytest

from helpers.goldens import ROOT

# An editable installation adds a finder; without it Python sees only the files.
NOT_EDITABLE = "import sys; sys.meta_path = [f for f in sys.meta_path if 'editable' not in str(f).lower()]; "


@pytest.mark.parametrize(
    "module", ["hop_tf.datasets.sources", "hop_tf.export.formats", "hop_tf.benchmarks.latency.rows", "hop_tf.examples"]
)
def test_the_folders_beside_the_package_are_part_of_it(module):
    program = f"{NOT_EDITABLE}import {module} as m; print(*m.__path__ if hasattr(m, '__path__') else [m.__file__])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.startswith(str(ROOT)), done.stderr
