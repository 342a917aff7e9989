"""The experiments of the paper as commands; docs/paper.md says which command makes which table."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before train.py, which sets a lower level
