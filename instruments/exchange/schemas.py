"""API shapes of imports."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from ninja import Field, Schema

from core.schemas import Line, StrictSchema
from instruments.exchange.models import ImportRow
from instruments.exchange.notes import sentence


class ImportIn(StrictSchema):
    """Fields beside the file. format: empty, the one whose headings fit. source: whose list it is."""

    institution: int
    format: Line = ""
    source: Line = ""


class ConfirmIn(StrictSchema):
    """publish: publish at once instead of listing drafts. skip_rejected: leave rejected rows out."""

    publish: bool = False
    skip_rejected: bool = False


class RowsIn(StrictSchema):
    """Which of its rows."""

    verdict: Literal["", "new", "changed", "unchanged", "rejected", "missing"] = ""
    limit: int = Field(50, ge=1, le=200)
    cursor: str = ""


class NoteOut(Schema):
    """A remark, or the reason of a rejection."""

    code: str
    message: str
    params: dict[str, Any]

    @staticmethod
    def resolve_message(note: Mapping[str, Any]) -> str:
        return sentence(note)


class ImportRowOut(Schema):
    """One row and its verdict. number: its line in the file, null for instruments missing from it."""

    number: int | None
    verdict: str
    name: str
    instrument: int | None = Field(alias="instrument_id")
    notes: list[NoteOut]
    changes: dict[str, list[Any]]
    values: dict[str, Any]
    original: dict[str, str]

    @staticmethod
    def resolve_number(row: ImportRow) -> int | None:
        return row.number or None


class ImportRowsOut(Schema):
    """A page of rows; `next` continues it."""

    items: list[ImportRowOut]
    next: str | None
    count: int


class ImportOut(Schema):
    """An import: how its file was read, what it means, what became of it. counts: rows per verdict."""

    id: int
    institution: int = Field(alias="institution_id")
    format: str
    source: str
    state: str
    published: bool
    file_name: str
    sha256: str
    size_bytes: int
    reading: dict[str, Any]
    counts: dict[str, int]
    created_at: datetime
    confirmed_at: datetime | None
    undone_at: datetime | None


class ImportPageOut(ImportOut):
    """An import with a page of its rows."""

    rows: ImportRowsOut
