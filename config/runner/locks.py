"""Who may work in a data directory. The locks belong to the process and end with it, even after kill -9."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from config.runner import host


class DirectoryLock:
    """Held by the one run.py that runs a product instance."""

    def __init__(self, state: Path) -> None:
        self._path = state / "lock"
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take it; False when another run.py has it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not host.try_lock(descriptor):
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return True

    def holder(self) -> str:
        """The number of the process that has it."""
        return self._path.read_text().strip()

    def release(self) -> None:
        """Give it back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextlib.contextmanager
def turn(path: Path) -> Iterator[None]:
    """Wait for one's turn at something that `up` and `test` share, such as the environment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        host.wait_lock(descriptor)
        yield
    finally:
        os.close(descriptor)
