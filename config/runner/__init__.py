"""The rooms behind run.py. Standard library only: they run before any package is installed."""
