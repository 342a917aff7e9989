"""The command line: `python -m hop_tf`."""
