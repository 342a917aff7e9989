"""The command line `hop-tf`, one file a command."""
