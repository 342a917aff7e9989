"""Foregrounds with exact alpha, rendered by Blender.

    blender --background --factory-startup --python datasets/blender/render.py -- --help

Blender's own Python runs this package; nothing else in the project imports it.
"""
