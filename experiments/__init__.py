"""The experiments of the paper as commands; docs/paper.md says which command makes which table."""

import os

import hop_tf  # noqa: F401  Here, so that under `python -m experiments` it comes without Keras: see hop_tf/__init__.py

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before train.py, which would have TensorFlow say more
