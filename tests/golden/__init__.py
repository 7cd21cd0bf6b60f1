"""Whole reports of every scenario, as they are printed. ``python -m tests.golden`` writes them anew."""
