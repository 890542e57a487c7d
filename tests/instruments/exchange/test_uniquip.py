"""One row of a UNIQUIP list."""

import pytest

from instruments.exchange import cleaning
from instruments.exchange.errors import FormatUnknown
from instruments.exchange.formats import Parsed, digest_of, format_by_code, formats, row_of
from instruments.exchange.notes import SENTENCES, sentence

UNIQUIP = format_by_code("uniquip")


def parsed(**cells: str) -> Parsed:
    return UNIQUIP.parse({name.replace("_", " "): text for name, text in cells.items()}, country="GB")


def codes(row: Parsed) -> list[str]:
    return [note.code for note in row.notes]


def test_formats__registry__documented_and_found_by_code() -> None:
    for each in formats():
        assert each.__doc__
        assert each.parse.__doc__
        assert str(each.label)
        assert format_by_code(each.code) is each


def test_format_by_code__unknown__refused_with_the_known_ones() -> None:
    with pytest.raises(FormatUnknown, match="uniquip"):
        format_by_code("nothing")


@pytest.mark.parametrize(
    ("cells", "fit"),
    [
        (["Name", "Description", "ID"], 3),
        ([" name ", "SITE_LOCATION", "\ufeffcontact  telephone"], 3),
        (["Name", "price"], 1),
        (["Name", "price", "colour"], 0),
        (["Laser", "North"], 0),
        ([], 0),
    ],
)
def test_fit__line__counts_headings(cells: list[str], fit: int) -> None:
    assert UNIQUIP.fit(cells) == fit


def test_columns__repeated_heading__first_counts() -> None:
    assert UNIQUIP.columns(["Name", "x", "NAME", "ID"]) == {0: "Name", 3: "ID"}


def test_parse__name_in_either_language__in_its_field() -> None:
    assert parsed(Name="质谱仪 QTRAP").values["name_zh"] == "质谱仪 QTRAP"
    assert parsed(Name="Mass spectrometer").values["name_en"] == "Mass spectrometer"


def test_parse__neither_name_nor_description__rejected() -> None:
    assert [note.code for note in parsed(ID="7").rejected] == ["unnamed"]


def test_parse__unknown_as_name__kept_but_not_named() -> None:
    row = parsed(Description="UNKNOWN")
    assert (row.values["description"], row.is_named, row.rejected, codes(row)) == (
        "UNKNOWN",
        False,
        [],
        ["placeholder_name"],
    )


def test_parse__placeholders_elsewhere__taken_as_empty_with_a_note() -> None:
    row = parsed(Name="Laser", Building="N/A", Department="tbc")
    assert (row.values["location"], row.values["department"]) == ("", "")
    assert codes(row) == ["placeholder", "placeholder"]


def test_parse__location_is_a_link__not_a_place() -> None:
    row = parsed(Name="Laser", Location="https://en.wikipedia.org/wiki/X", Building="North", Site_Location="Town")
    assert row.values["location"] == "North, Town"
    assert codes(row) == ["place_is_link"]


def test_parse__only_secondary_contact__used() -> None:
    row = parsed(Name="Laser", Secondary_Contact_Name="Ann", Secondary_Contact_Email="ann@x.example")
    assert (row.values["contact_name"], row.values["contact_email"]) == ("Ann", "ann@x.example")


def test_parse__overlong_texts__cut_with_a_note() -> None:
    row = parsed(Name="x" * 300)
    assert len(row.values["name_en"]) == 200
    assert codes(row) == ["shortened"]


@pytest.mark.parametrize(
    ("text", "country", "written", "note"),
    [
        ("441334 476161", "GB", "+44 1334 476161", "phone_reformatted"),
        ("01334 476161", "GB", "+44 1334 476161", "phone_reformatted"),
        ("+44 1334 476161", "GB", "+44 1334 476161", None),
        ("0471-6328766/6328706", "CN", "+86 471 632 8766 / +86 471 632 8706", "phone_reformatted"),
        ("13812345678", "CN", "+86 138 1234 5678", "phone_reformatted"),
        ("ask at the desk", "GB", "ask at the desk", "phone_unusual"),
        ("12", "GB", "12", "phone_unusual"),
        ("", "GB", "", None),
        ("/", "CN", "/", "phone_unusual"),
    ],
)
def test_telephone__as_people_write_it__international(
    text: str, country: str, written: str, note: str | None
) -> None:
    number, notes = cleaning.telephone(text, country)
    assert (number, [each.code for each in notes]) == (written, [note] if note else [])


@pytest.mark.parametrize(
    ("text", "address"),
    [("a@b.example", "a@b.example"), ("mailto:a@b.example", "a@b.example"), ("nobody", ""), ("", "")],
)
def test_email__cell__address_or_nothing(text: str, address: str) -> None:
    assert cleaning.email(text)[0] == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("www.x.example/a", "https://www.x.example/a"),
        ("javascript:alert(1)", ""),
        ("http://x.example", "http://x.example"),
    ],
)
def test_link__cell__http_or_nothing(text: str, address: str) -> None:
    assert cleaning.link(text)[0] == address


def test_row_of__cells__tidied_and_empty_ones_absent() -> None:
    cells = ["  Laser\u00a0 7\x16 ", "", "x"]
    assert row_of(cells, {0: "Name", 1: "ID", 5: "Photo"}) == {"Name": "Laser 7"}


def test_digest_of__order_of_columns__does_not_matter() -> None:
    assert digest_of({"a": "1", "b": "2"}) == digest_of({"b": "2", "a": "1"}) != digest_of({"a": "2", "b": "1"})


def test_sentences__all__can_be_said() -> None:
    known = ("id", "row", "column", "value", "length", "most", "written", "field")
    params = dict.fromkeys(known, "x")
    assert all(sentence({"code": code, "params": params}) for code in SENTENCES)
