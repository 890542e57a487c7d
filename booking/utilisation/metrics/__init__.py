"""The metrics: one file each with a decorated function. To add one, add a file; nothing else changes.

The function takes the sums over some instruments and days and returns the value as a database expression.
Tables, charts, CSV, API and docs read the registry.
"""
