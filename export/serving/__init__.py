"""Exported networks on servers."""
