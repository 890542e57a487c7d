"""Benchmarks: ratios within one run on one machine. `python3 run.py bench NAME [--json FILE]`."""
