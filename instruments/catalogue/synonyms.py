"""What people call the same thing (`SEM`, 扫描电镜, scanning electron microscope), from facts/synonyms.txt."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).resolve().parent / "facts" / "synonyms.txt"


@lru_cache(maxsize=1)
def groups() -> tuple[tuple[str, ...], ...]:
    """The expressions of each line, as they are written."""
    lines = (line.strip() for line in SOURCE.read_text("utf-8").splitlines())
    return tuple(tuple(line.split("|")) for line in lines if line and not line.startswith("#"))


def synonyms_by(key: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """Every expression, as `key` makes it comparable, with all expressions of its line."""
    return {key(expression): group for group in groups() for expression in group}
