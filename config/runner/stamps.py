"""What has been done already: a hash of each step's inputs, kept after the step succeeded."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from config.runner.console import Step


def fingerprint(files: Iterable[Path], *words: str) -> str:
    """One hash over names and contents of files (missing ones count as such) and over words."""
    digest = hashlib.sha256("\0".join(words).encode())
    for path in sorted(files):
        digest.update(f"\0{path}\0".encode())
        if path.is_file():
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_current(stamp: Path, value: str) -> bool:
    """Whether the step was last completed with these inputs."""
    try:
        return stamp.read_text() == value
    except FileNotFoundError:
        return False


def record(stamp: Path, value: str) -> None:
    """Remember that the step succeeded with these inputs; complete or not at all."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    fresh = stamp.with_name(f"{stamp.name}.new")
    fresh.write_text(value)
    fresh.replace(stamp)


def unless_current(stamp: Path, value: str, step: Step, work: Callable[[], None], *, intact: bool = True) -> None:
    """Do the work unless it was completed with these inputs and its result is intact."""
    if intact and is_current(stamp, value):
        step.skip()
        return
    stamp.unlink(missing_ok=True)  # an interrupted attempt may have spoilt the old result
    work()
    record(stamp, value)
