"""How fast networks run, in every format: `python -m export.benchmark`."""
