"""From a table to rows that are understood and identified, before they meet the catalogue."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from instruments.exchange.cleaning import has_control_characters
from instruments.exchange.formats import Format, Parsed, digest_of, row_of
from instruments.exchange.notes import Note
from instruments.exchange.progress import Report, silent, told
from instruments.exchange.reading import Line, Table

LONGEST_ID: Final = 100
_LONGEST_CUT: Final = 64
_MANY: Final = 10
_SHARE: Final = 0.15


@dataclass(slots=True)
class Understood:
    """One row: what stands in it, what it means, and who it is.

    identity: the source's id, or `row:` with the digest and the ordinal among identical rows.
    """

    number: int
    original: dict[str, str]
    digest: str
    identity: str
    parsed: Parsed


def understood_rows(
    table: Table,
    format: Format,  # noqa: A002
    *,
    country: str,
    report: Report = silent,
) -> list[Understood]:
    """Every line of the table, in order. country: of the institution, for telephone numbers."""
    columns = format.columns(table.header)
    lines = told(table.lines, len(table.lines), report)
    rows = [_understood(line, table.header, columns, format, country) for line in lines]
    _identify(rows)
    _remark_on_cut_names(rows, format.lossy)
    return rows


def _understood(
    line: Line,
    header: list[str],
    columns: dict[int, str],
    format: Format,  # noqa: A002
    country: str,
) -> Understood:
    row = row_of(line.cells, columns)
    parsed = format.parse(row, country=country)
    parsed.notes += [
        Note("control_characters", {"column": header[at]})
        for at in columns
        if at < len(line.cells) and has_control_characters(line.cells[at])
    ]
    parsed.notes += [Note("lost_characters", {"column": name}) for name, text in row.items() if "\ufffd" in text]
    if len(line.cells) > len(header):
        parsed.notes.append(Note("beyond_header"))
    return Understood(line.number, _original(line, header), digest_of(row), "", parsed)


def _original(line: Line, header: list[str]) -> dict[str, str]:
    """The cells as they came, empty ones left out; a zero byte, which JSON can't hold, is shown as ␀."""
    names = [name.strip() or f"column {at}" for at, name in enumerate(header, 1)]
    names += [f"column {at}" for at in range(len(header) + 1, len(line.cells) + 1)]
    cells = zip(names, line.cells, strict=False)
    return {name: cell.replace("\x00", "␀") for name, cell in cells if cell}


def _identify(rows: list[Understood]) -> None:
    """Give every row its identity; say which rows are alike and which ids stand there twice."""
    first: dict[str, int] = {}
    ordinals: Counter[str] = Counter()
    for row in rows:
        alike = row.parsed.source_id or row.digest
        ordinals[alike] += 1
        if not row.parsed.source_id:
            row.identity = f"row:{row.digest[:40]}#{ordinals[alike]}"
            if ordinals[alike] > 1:
                row.parsed.notes.append(Note("like_row", {"row": first[alike]}))
        elif ordinals[alike] > 1:
            row.parsed.rejected.append(Note("id_repeated", {"id": alike, "row": first[alike]}))
        elif len(alike) > LONGEST_ID:
            row.parsed.rejected.append(Note("id_too_long", {"length": len(alike), "most": LONGEST_ID}))
        else:
            row.identity = alike
        first.setdefault(alike, row.number)


def _remark_on_cut_names(rows: list[Understood], columns: tuple[str, ...]) -> None:
    """Where many different texts of a column have exactly its greatest length, a system before us cut them."""
    for column in columns:
        lengths = Counter(map(len, {text.rstrip() for row in rows if (text := row.original.get(column))}))
        longest = max(lengths, default=0)
        if longest > _LONGEST_CUT or lengths[longest] < max(_MANY, _SHARE * lengths.total()):
            continue
        for row in rows:
            if len(row.original.get(column, "").rstrip()) == longest:
                row.parsed.notes.append(Note("maybe_cut", {"column": column, "length": longest}))
