"""Tables of holidays and make-up working days: from the `holidays` package, and from CSV files. Pure."""

import csv
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from io import StringIO
from typing import Final

import holidays
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Invalid

MOST_DAYS: Final = 1000
LONGEST_NAME: Final = 80
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100


class DayKind(StrEnum):
    """off: closed like a Sunday. working: a make-up working day, with the hours of that week's Monday.

    ordinary: a day like others of its weekday, which takes an entry back.
    """

    OFF = "off"
    WORKING = "working"
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class Day:
    """What one date is. is_official: announced; opening hours follow official days only."""

    on: date
    kind: DayKind
    is_official: bool = True
    name: str = ""


class HolidayTableInvalid(Invalid):
    """A file of holidays that can't be understood. extra: lines, each with its number and reason."""

    code = "holiday_table_invalid"
    title = gettext_lazy("The table of holidays can't be read.")


def days_of_package(country: str, year: int) -> list[Day]:
    """The days that the `holidays` package knows of a year. Raises: HolidayTableInvalid for an unknown country.

    Where a country moves working days (China), a year without any has not been announced yet: its days are
    provisional. Names are in the country's own language. Source: domain.md, "Calendar facts".
    """
    try:
        own = holidays.country_holidays(country).default_language
        known = holidays.country_holidays(country, years=year, language=own)
    except NotImplementedError:
        raise HolidayTableInvalid(_("No holidays of %(country)s are known.") % {"country": country}) from None
    worked = {on for on in known.weekend_workdays if on.year == year}
    named = {on: name for on, name in known.items() if on.year == year}
    moves = country in _MOVES_WORKING_DAYS
    off = _with_weekends(named, worked) if moves else named
    is_official = bool(worked) or not moves
    days = [Day(on, DayKind.OFF, is_official, name[:LONGEST_NAME]) for on, name in off.items()]
    return sorted([*days, *(Day(on, DayKind.WORKING, is_official) for on in worked)], key=lambda day: day.on)


def _with_weekends(named: Mapping[date, str], worked: Collection[date]) -> dict[date, str]:
    """Saturdays and Sundays beside days off belong to the holiday; the package leaves them out."""
    off = dict(named)
    for on, name in sorted(named.items()):
        for step in (timedelta(days=1), timedelta(days=-1)):
            beside = on + step
            while beside.year == on.year and beside.weekday() in _WEEKEND and beside not in worked:
                off.setdefault(beside, name)
                beside += step
    return off


_WEEKEND: Final = (5, 6)
_MOVES_WORKING_DAYS: Final = ("CN",)

_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "on": ("date", "day", "日期"),
    "kind": ("kind", "type", "类型", "类别"),
    "status": ("status", "状态"),
    "name": ("name", "holiday", "名称", "节日"),
}
_KINDS: Final = {
    **dict.fromkeys(("off", "holiday", "休", "休息", "休假", "放假", "节假日"), DayKind.OFF),
    **dict.fromkeys(("working", "worked", "work", "班", "上班", "工作", "调休上班", "补班"), DayKind.WORKING),
    **dict.fromkeys(("ordinary", "普通", "平日", "取消"), DayKind.ORDINARY),
}
_STATUSES: Final = {
    **dict.fromkeys(("", "official", "正式", "已公布"), True),
    **dict.fromkeys(("provisional", "暂定", "预计"), False),
}


def days_of_csv(content: bytes | str) -> list[Day]:
    """The days of a CSV file with the headings date, kind, status and name, in English or Chinese.

    UTF-8 or GB 18030; a status left out means official. Dates as 2026-10-01, 2026/10/1 or 2026年10月1日.
    Raises: HolidayTableInvalid, with every line that is wrong and why; nothing of such a file is taken.
    """
    rows = csv.reader(StringIO(text_of(content)), strict=False)
    try:
        lines = [(rows.line_num, [cell.strip() for cell in row]) for row in rows]
    except csv.Error as error:
        raise HolidayTableInvalid(_("The file is not a CSV table.")) from error
    lines = [(number, row) for number, row in lines if any(row)]
    columns = _columns(lines[0][1] if lines else [])
    if len(lines) - 1 > MOST_DAYS:
        raise HolidayTableInvalid(_("At most %(count)d days at once.") % {"count": MOST_DAYS})
    return _days(lines[1:], columns)


def text_of(content: bytes | str) -> str:
    """A file's text, from UTF-8 or GB 18030. Raises: HolidayTableInvalid."""
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise HolidayTableInvalid(_("The file is neither UTF-8 nor GB 18030."))


def _columns(headings: list[str]) -> dict[str, int]:
    known = {word: field for field, words in _HEADINGS.items() for word in words}
    columns = {known[word.lower()]: place for place, word in enumerate(headings) if word.lower() in known}
    if missing := [field for field in ("on", "kind") if field not in columns]:
        words = ", ".join("/".join(_HEADINGS[field]) for field in missing)
        raise HolidayTableInvalid(_("These columns are missing: %(names)s.") % {"names": words})
    return columns


def _days(lines: Iterable[tuple[int, list[str]]], columns: Mapping[str, int]) -> list[Day]:
    days: dict[date, Day] = {}
    refused: list[dict[str, int | str]] = []
    for number, row in lines:
        cells = {field: row[place] if place < len(row) else "" for field, place in columns.items()}
        try:
            day = _day(cells)
            if day.on in days:
                raise ValueError(_("This date stands in an earlier line already."))
        except ValueError as why:
            refused.append({"line": number, "reason": str(why)})
        else:
            days[day.on] = day
    if refused:
        words = "; ".join(_("line %(line)d: %(reason)s") % each for each in refused[:20])
        raise HolidayTableInvalid(words, lines=refused[:200])
    return sorted(days.values(), key=lambda day: day.on)


def _day(cells: Mapping[str, str]) -> Day:
    kind, status = _KINDS.get(cells["kind"].lower()), _STATUSES.get(cells.get("status", "").lower())
    if kind is None:
        raise ValueError(_("Say off, working or ordinary."))
    if status is None:
        raise ValueError(_("Say official or provisional."))
    return Day(_date(cells["on"]), kind, status, cells.get("name", "")[:LONGEST_NAME])


def _date(text: str) -> date:
    match = re.fullmatch(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?", text, re.ASCII)
    numbers = [int(part) for part in match.groups()] if match else []
    if not numbers or not FIRST_YEAR <= numbers[0] <= LAST_YEAR:
        raise ValueError(_("Give a date such as 2026-10-01."))
    try:
        return date(*numbers)
    except ValueError:
        raise ValueError(_("There is no such day.")) from None
