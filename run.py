#!/usr/bin/env python3
"""Benchshare's one command: `python3 run.py up`, `test`, `bench NAME` or `manage COMMAND`.

This file must parse under any Python 3, so that an old one gets a sentence instead of a traceback.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is the check that gives the old one its sentence
    sys.stderr.write("run.py: Benchshare needs Python 3.11 or newer; this is %d.%d.\n" % sys.version_info[:2])
    sys.exit(2)

# The checkout stays clean: compiled files of the product go to the data directory.
sys.dont_write_bytecode = True

from config.runner.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
