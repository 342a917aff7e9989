"""Networks for deployment, each proven equal to Keras."""

import hop_tf  # noqa: F401  Here, so that under `python -m export` it comes without Keras: see hop_tf/__init__.py
