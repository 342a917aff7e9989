"""Trimaps for users who have none: from a box, strokes or any mask."""
