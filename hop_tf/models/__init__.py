"""The network, its presets, loading and saving. Nothing is imported here: import from the modules."""
