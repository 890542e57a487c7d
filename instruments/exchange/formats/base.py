"""What an import format is: its headings, and how one row becomes an instrument's details."""

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.functional import Promise

from instruments.exchange.cleaning import tidy
from instruments.exchange.notes import Note

Row = Mapping[str, str]
"""Cells by the format's own headings, tidied; empty cells and unknown columns are absent."""

_BETWEEN_WORDS = re.compile(r"[\s_\-]+")


@dataclass(slots=True)
class Parsed:
    """One row understood. values: fields of the catalogue's Instrument. rejected: why it can't be listed.

    source_id: the source's own id, empty when it has none. is_named: whether it says what it is, so that
    it may be published.
    """

    values: dict[str, Any] = field(default_factory=dict)
    source_id: str = ""
    notes: list[Note] = field(default_factory=list)
    rejected: list[Note] = field(default_factory=list)
    is_named: bool = True


class Format(ABC):
    """An import format. A subclass in its own file under formats/ with @register is all it takes.

    code: stable, stored with every import. headings: as written in the format's template. naming: columns
    of which one must be there. lossy: columns that other systems are known to cut off.
    """

    code: ClassVar[str]
    label: ClassVar[str | Promise]
    headings: ClassVar[tuple[str, ...]]
    naming: ClassVar[tuple[str, ...]]
    lossy: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def parse(self, row: Row, *, country: str) -> Parsed:
        """Understand one row. country: ISO code of the institution, for telephone numbers."""

    def fit(self, cells: Sequence[str]) -> int:
        """How many cells of a line are headings of this format; 0 unless most or at least three are."""
        filled = sum(1 for cell in cells if cell.strip())
        known = len({heading for cell in cells if (heading := self.heading(cell))})
        return known if known >= 3 or (known and known * 2 >= filled) else 0

    def heading(self, cell: str) -> str | None:
        """The format's heading that a cell of the header line means, whatever its case and spacing."""
        return self._by_key().get(_key(cell))

    def columns(self, header: Sequence[str]) -> dict[int, str]:
        """Position → heading for the columns that are read; of a repeated heading only the first."""
        found: dict[int, str] = {}
        for position, cell in enumerate(header):
            heading = self.heading(cell)
            if heading and heading not in found.values():
                found[position] = heading
        return found

    @classmethod
    def _by_key(cls) -> dict[str, str]:
        return {_key(heading): heading for heading in cls.headings}


def _key(heading: str) -> str:
    return _BETWEEN_WORDS.sub(" ", heading.replace("\ufeff", "")).strip().casefold()


def row_of(cells: Sequence[str], columns: Mapping[int, str]) -> dict[str, str]:
    """The tidied, non-empty cells of the columns that are read."""
    row = {heading: tidy(cells[at]) for at, heading in columns.items() if at < len(cells)}
    return {heading: text for heading, text in row.items() if text}


def digest_of(row: Row) -> str:
    """What identifies the contents of a row: independent of encoding, order and dialect of the file.

    Source: engine.md, "Import identity". Computed from the tidied source, before any interpretation, so
    that better interpretation later does not change identities.
    """
    return hashlib.sha256(json.dumps(row, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
