"""Measurements: ratios within one alternating run.  Nothing here is a test, and nothing is promised in absolute terms.

``python -m tests.bench NAME`` runs one of them and prints a table.
"""
