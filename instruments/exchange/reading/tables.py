"""A table with its header, from a text file or a workbook."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from instruments.exchange.errors import FileTooLarge, FileUnreadable
from instruments.exchange.reading import delimited, workbooks
from instruments.exchange.reading.encodings import decode

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_ROWS: Final = 10_000
MOST_COLUMNS: Final = 200
LONGEST_CELL: Final = 20_000
HEADER_WITHIN: Final = 40
"""Banners, notes and empty lines may stand above the header, within this many lines."""

Fit = Callable[[Sequence[str]], int]
"""How many cells of a line a format recognises as its headings; 0: it is no header."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of data. number: its line in the text file, or its row in the sheet."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """The lines below the header that are not empty, and how the file was read (JSON-ready)."""

    header: list[str]
    lines: list[Line]
    reading: dict[str, Any] = field(default_factory=dict)


def read_table(content: bytes, fit: Fit) -> Table:
    """The table whose header fits best; without header and lines when no line is one.

    Raises: FileTooLarge, FileUnreadable.
    """
    if not content.strip():
        raise FileUnreadable(_("The file is empty."))
    if len(content) > MOST_BYTES:
        raise FileTooLarge(
            _("The file has %(size).1f MB; at most %(most)d MB fit into one import.")
            % {"size": len(content) / 1_048_576, "most": MOST_BYTES // 1_048_576}
        )
    sheets = _of_workbook(content) if workbooks.is_workbook(content) else _of_text(content, fit)
    return max((_table(lines, reading, fit) for lines, reading in sheets), key=lambda table: fit(table.header))


def _of_workbook(content: bytes) -> Iterable[tuple[list[Line], dict[str, Any]]]:
    for name, rows in workbooks.sheets(content, most_rows=MOST_ROWS + HEADER_WITHIN + 1):
        yield [Line(*row) for row in rows], {"kind": "workbook", "sheet": name}


def _of_text(content: bytes, fit: Fit) -> Iterable[tuple[list[Line], dict[str, Any]]]:
    decoded = decode(content)
    text = decoded.text.lstrip("\ufeff")
    delimiter = max(delimited.DELIMITERS, key=lambda each: _promise(text, each, fit))
    lines = [Line(*row) for row in delimited.rows(text, delimiter, most=MOST_ROWS + HEADER_WITHIN + 1)]
    reading = {
        "kind": "text",
        "encoding": decoded.encoding,
        "runner_up": decoded.runner_up,
        "evidence": decoded.evidence,
        "delimiter": delimiter,
    }
    return [(lines, reading)]


def _promise(text: str, delimiter: str, fit: Fit) -> tuple[int, int]:
    """How well the best header candidate fits with this delimiter, then how wide the table would be."""
    head = [cells for __, cells in delimited.rows(text, delimiter, most=HEADER_WITHIN)]
    return max((fit(cells) for cells in head), default=0), max(map(len, head), default=0)


def _table(lines: list[Line], reading: dict[str, Any], fit: Fit) -> Table:
    at = max(range(min(len(lines), HEADER_WITHIN)), key=lambda i: fit(lines[i].cells), default=-1)
    if at < 0 or not fit(lines[at].cells):
        return Table(header=[], lines=[], reading=reading)
    header = _trimmed(lines[at].cells)
    below = [Line(line.number, _trimmed(line.cells)) for line in lines[at + 1 :]]
    data = [line for line in below if line.cells]
    _bounded(header, data)
    return Table(header, data, {**reading, "header_line": lines[at].number})


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells at the end."""
    width = next((i for i in range(len(cells), 0, -1) if cells[i - 1].strip()), 0)
    return cells[:width]


def _bounded(header: list[str], lines: list[Line]) -> None:
    if len(header) > MOST_COLUMNS:
        raise FileTooLarge(_("The table has more than %(most)d columns.") % {"most": MOST_COLUMNS})
    if len(lines) > MOST_ROWS:
        raise FileTooLarge(
            _("The table has more than %(most)d rows; divide it into several files.") % {"most": MOST_ROWS}
        )
    for line in lines:
        if len(line.cells) > MOST_COLUMNS or any(len(cell) > LONGEST_CELL for cell in line.cells):
            raise FileTooLarge(
                _("Line %(line)d is too long: a quotation mark may be missing.") % {"line": line.number}
            )
