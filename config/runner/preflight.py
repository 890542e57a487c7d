"""What the machine must offer before anything is written; one sentence for each thing that is missing."""

import importlib.util
import os
import shutil
from pathlib import Path

from config.runner.failures import Refusal

NEEDED_BYTES = 1_000_000_000


def check_machine(data_dir: Path) -> None:
    """Refuse a machine that can't run the product. Raises: Refusal."""
    check_venv()
    check_directory(data_dir)
    check_disk(data_dir)


def check_venv() -> None:
    """Debian ships Python without these two. Raises: Refusal."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise Refusal(
                f"Python's {module} module is missing; install it (on Debian: apt-get install python3-venv)."
            )


def check_directory(data_dir: Path) -> None:
    """Everything is written there. Raises: Refusal."""
    place = nearest_existing(data_dir)
    if not place.is_dir():
        raise Refusal(f"The data directory {data_dir} can't be made: {place} is a file.")
    if not os.access(place, os.W_OK | os.X_OK):
        raise Refusal(f"The data directory {data_dir} can't be written by this user; choose one with --data-dir.")


def check_disk(data_dir: Path) -> None:
    """Environment, front end and an empty database take most of a gigabyte. Raises: Refusal."""
    free = shutil.disk_usage(nearest_existing(data_dir)).free
    if free < NEEDED_BYTES:
        raise Refusal(f"Benchshare needs 1 GB of free disk for {data_dir}; there are {free // 1_000_000} MB.")


def nearest_existing(path: Path) -> Path:
    """path, or the closest directory above it that exists."""
    path = path.expanduser().absolute()
    while not path.exists():
        path = path.parent
    return path
