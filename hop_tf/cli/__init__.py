"""The command line `hop-tf`, one module per command."""
