"""Rows of XLSX, XLS and ODS workbooks."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import islice
from typing import Any, Final

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, ZipError

from instruments.exchange.errors import FileTooLarge, FileUnreadable

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_MOST_UNPACKED: Final = 200 * 1024 * 1024
_MOST_SHEETS: Final = 20


def is_workbook(content: bytes) -> bool:
    """By its first bytes; names lie."""
    return content.startswith((_ZIP, _OLE))


def sheets(content: bytes, *, most_rows: int) -> Iterator[tuple[str, list[tuple[int, list[str]]]]]:
    """Name and rows of each sheet, rows numbered from 1 as the program shows them.

    Raises: FileUnreadable, FileTooLarge.
    """
    _bounded(content)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        for name in workbook.sheet_names[:_MOST_SHEETS]:
            yield name, _rows(workbook, name, most_rows)
    except (CalamineError, ZipError, ValueError) as error:
        raise FileUnreadable from error


def _rows(workbook: CalamineWorkbook, name: str, most: int) -> list[tuple[int, list[str]]]:
    cells = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=most)
    return [(number, [text_of(cell) for cell in row]) for number, row in enumerate(islice(cells, most), 1)]


def _bounded(content: bytes) -> None:
    """A workbook is a zip; what it says it unpacks to is checked before it is unpacked."""
    if not content.startswith(_ZIP):
        return
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile as error:
        raise FileUnreadable from error
    if unpacked > _MOST_UNPACKED:
        raise FileTooLarge(_("The workbook unpacks to more than %(most)d MB.") % {"most": _MOST_UNPACKED >> 20})


def text_of(cell: Any) -> str:
    """The cell as a person would have typed it into a text file."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)
