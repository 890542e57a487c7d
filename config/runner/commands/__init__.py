"""One module per command of run.py."""
