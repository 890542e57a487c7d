"""Dialect, header and bounds of a table."""

import zipfile
from collections.abc import Sequence
from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook

from instruments.exchange.errors import FileTooLarge, FileUnreadable
from instruments.exchange.formats import format_by_code
from instruments.exchange.reading import Table, read_table, tables
from instruments.exchange.reading.workbooks import text_of

UNIQUIP = format_by_code("uniquip")


def table(content: bytes | str) -> Table:
    return read_table(content.encode() if isinstance(content, str) else content, UNIQUIP.fit)


def workbook(*sheets: Sequence[Sequence[object]]) -> bytes:
    book = Workbook()
    for at, rows in enumerate(sheets):
        sheet = book.active if at == 0 else book.create_sheet()
        for row in rows:
            sheet.append(list(row))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_read_table__any_usual_delimiter__found(delimiter: str) -> None:
    content = f'Name{delimiter}Building\n"a{delimiter}b, c"{delimiter}North\n'
    read = table(content)
    assert read.reading["delimiter"] == delimiter
    assert [line.cells for line in read.lines] == [[f"a{delimiter}b, c", "North"]]


def test_read_table__banner_lines_above__header_found_below_them() -> None:
    read = table(
        'Equipment of the university;;\n"Status: 2026, second\nedition"\n\nName;Building;ID\nLaser;North;7\n'
    )
    assert read.header == ["Name", "Building", "ID"]
    assert (read.reading["header_line"], read.lines[0].number) == (5, 6)


def test_read_table__line_breaks_in_cells__line_numbers_of_the_file() -> None:
    read = table('Name,Description\n"a","two\nlines"\n\n"b",""\n')
    assert [line.number for line in read.lines] == [2, 5]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_read_table__any_line_end__same_rows(line_end: str) -> None:
    read = table(line_end.join(["Name,Building", "a,b", "c,d"]))
    assert [line.cells for line in read.lines] == [["a", "b"], ["c", "d"]]


def test_read_table__no_header__empty_table() -> None:
    assert table("1,2\n3,4\n").header == []


@pytest.mark.parametrize("content", ["", " \n "])
def test_read_table__empty_file__unreadable(content: str) -> None:
    with pytest.raises(FileUnreadable):
        table(content)


@pytest.mark.parametrize(
    ("bound", "content"),
    [
        ("MOST_BYTES", "Name,ID\na,1\nb,2\nc,3\n"),
        ("MOST_ROWS", "Name,ID\n" + "a,1\n" * 9),
        ("MOST_COLUMNS", "Name,ID,Type,Photo,Building,Location,Department\na\n"),
        ("LONGEST_CELL", "Name,ID\nabcdefghij,1\n"),
    ],
)
def test_read_table__beyond_a_bound__says_which(monkeypatch: pytest.MonkeyPatch, bound: str, content: str) -> None:
    monkeypatch.setattr(tables, bound, 6)
    with pytest.raises(FileTooLarge):
        table(content)


def test_read_table__missing_quotation_mark__no_endless_cell() -> None:
    with pytest.raises((FileTooLarge, FileUnreadable)):
        table('Name,ID\n"a,1\n' + "b,2\n" * 10_000)


def test_read_table__workbook__best_sheet_and_its_row_numbers() -> None:
    content = workbook(
        [["Notes"], ["none"]], [["Equipment 2026"], [], ["Name", "ID"], ["Laser", 7.0], ["Ofen", None]]
    )
    read = table(content)
    assert (read.reading["kind"], read.reading["sheet"], read.reading["header_line"]) == ("workbook", "Sheet1", 3)
    assert [(line.number, line.cells) for line in read.lines] == [(4, ["Laser", "7"]), (5, ["Ofen"])]


@pytest.mark.parametrize("content", [b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0 no workbook"])
def test_read_table__broken_workbook__unreadable(content: bytes) -> None:
    with pytest.raises(FileUnreadable):
        table(content)


def test_read_table__zip_that_is_no_workbook__unreadable() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("a.txt", "x")
    with pytest.raises(FileUnreadable):
        table(file.getvalue())


def test_read_table__zip_bomb__refused_before_unpacking() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for n in range(22):
            packed.writestr(f"{n}.xml", bytes(10 * 1024 * 1024))
    with pytest.raises(FileTooLarge):
        table(file.getvalue())


@pytest.mark.parametrize(
    ("cell", "text"),
    [(7.0, "7"), (7.5, "7.5"), (True, "TRUE"), (date(2026, 3, 2), "2026-03-02"), (None, ""), ("x ", "x ")],
)
def test_text_of__typed_cell__as_a_person_types_it(cell: object, text: str) -> None:
    assert text_of(cell) == text
