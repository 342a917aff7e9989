"""Frames of a film: reading and writing folders and videos, and alpha that does not flicker where nothing moves."""
