"""The network, its presets, and loading and saving it. Import from the modules; none is imported here."""
