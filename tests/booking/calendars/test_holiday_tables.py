"""Holidays from the package and from CSV files, dirty ones too."""

from datetime import date, timedelta

import pytest

from booking.calendars.holiday_tables import Day, DayKind, HolidayTableInvalid, days_of_csv, days_of_package

OFF_2026 = (("01-01", 3), ("02-15", 9), ("04-04", 3), ("05-01", 5), ("06-19", 3), ("09-25", 3), ("10-01", 7))
WORKED_2026 = ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")


def test_package__china_2026__days_off_and_make_up_working_days_as_announced() -> None:
    days = days_of_package("CN", 2026)
    off = {
        date.fromisoformat(f"2026-{first}") + timedelta(days=n) for first, count in OFF_2026 for n in range(count)
    }
    assert {day.on for day in days if day.kind == DayKind.OFF} == off
    assert [f"{day.on:%m-%d}" for day in days if day.kind == DayKind.WORKING] == list(WORKED_2026)
    assert all(day.is_official for day in days)


def test_package__china_2030_not_announced__provisional() -> None:
    days = days_of_package("CN", 2030)
    assert days
    assert not any(day.is_official or day.kind == DayKind.WORKING for day in days)


@pytest.mark.parametrize("country", ["GB", "US"])
def test_package__countries_that_move_no_working_days__official(country: str) -> None:
    assert all(day.is_official and day.kind == DayKind.OFF for day in days_of_package(country, 2027))


def test_package__unknown_country__refused() -> None:
    with pytest.raises(HolidayTableInvalid):
        days_of_package("XX", 2026)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv__chinese_headings_in_any_encoding__read(encoding: str) -> None:
    table = "日期,类型,状态,名称\r\n2027年10月1日,休,暂定,国庆节\r\n2027/10/9,调休上班,正式,\r\n\r\n"
    assert days_of_csv(table.encode(encoding)) == [
        Day(date(2027, 10, 1), DayKind.OFF, is_official=False, name="国庆节"),
        Day(date(2027, 10, 9), DayKind.WORKING),
    ]


def test_csv__english_headings_in_another_order__read() -> None:
    table = "Name,Date,Kind\nFounders' Day,2028-02-29,off\n,2028-03-01,ordinary\n"
    assert days_of_csv(table) == [
        Day(date(2028, 2, 29), DayKind.OFF, name="Founders' Day"),
        Day(date(2028, 3, 1), DayKind.ORDINARY),
    ]


def test_csv__dirty_lines__each_refused_with_its_number_and_reason() -> None:
    table = "date,kind,status\n2027-02-29,off,\n2027-10-01,maybe,\n01.10.2027,off,\n2027-10-02,off,soon\n"
    with pytest.raises(HolidayTableInvalid) as refused:
        days_of_csv(table + "2027-10-03,off,\n2027-10-03,off,\n")
    lines = refused.value.extra["lines"]
    assert [each["line"] for each in lines] == [2, 3, 4, 5, 7]
    assert lines[0]["reason"] == "There is no such day."
    assert "line 3" in str(refused.value.detail)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00\x81",
        b"when,what\n2027-10-01,off\n",
        b"date,kind\n" + b"2027-10-01,off\n" * 1001,
        b"\x00",
    ],
)
def test_csv__no_table__refused(content: bytes) -> None:
    with pytest.raises(HolidayTableInvalid):
        days_of_csv(content)
