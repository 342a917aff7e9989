"""Scoring test sets: their layouts, scores of many pictures, tables, ranks of several methods, and contact sheets."""
