"""Foregrounds with exact alpha, rendered by Blender.

    blender --background --factory-startup --python datasets/blender/render.py -- --help

Run by Blender's own Python: nothing else of the project imports this package.
"""
