"""Foregrounds with exact alpha, rendered by Blender as a Python module.

    python datasets/blender/render.py --help

The script needs `bpy` 4.2 and imports its neighbours by their own names; nothing else in the project imports it.
"""
