"""The command line: `hop-tf`."""
