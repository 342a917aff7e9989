"""Transforms of foregrounds, backgrounds and composites. Each random step takes the generator to draw from."""
