"""The experiments of the paper as commands; what each of its tables is made with is in docs/paper.md."""

import hop_tf  # noqa: F401  Here, so that under `python -m experiments` it comes without Keras: see hop_tf/__init__.py
