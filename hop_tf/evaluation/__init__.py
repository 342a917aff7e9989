"""Test sets, the scores of mattes, ranks of methods, tables and contact sheets."""
