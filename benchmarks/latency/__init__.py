"""How fast networks run, in every format: `hop-tf benchmark`."""
