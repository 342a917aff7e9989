"""Serving of exported networks."""
