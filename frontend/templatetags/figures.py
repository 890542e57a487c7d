"""Money, hours and times as the page's language writes them, in the instrument's zone."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from babel import Locale
from babel.dates import format_date, format_skeleton, get_timezone_location, get_timezone_name
from babel.numbers import format_decimal, format_percent
from django import template
from django.utils.translation import get_language

from core import clock, windows
from core.durations import in_words
from core.money import yuan as yuan_text
from frontend.zones import PLATFORM_ZONE

register = template.Library()

_LOCALES: Final = {"zh": Locale("zh", "CN", script="Hans"), "en": Locale("en", "GB")}


def page_locale() -> Locale:
    """Babel's locale for the active language."""
    return _LOCALES["zh" if (get_language() or "zh-hans").startswith("zh") else "en"]


@register.simple_tag
def browser_locale() -> str:
    """The same locale as browsers name it."""
    return "zh-CN" if page_locale().language == "zh" else "en-GB"


@register.filter
def yuan(amount_fen: int | None) -> str:
    """`6100` → `¥61.00`; nothing for None."""
    return "" if amount_fen is None else f"¥{yuan_text(amount_fen)}"


@register.filter
def hours(value: Decimal | float | None) -> str:
    """Hours with one decimal and separators: `1,204.5`; a dash where undefined."""
    return "–" if value is None else format_decimal(value, "#,##0.0", locale=page_locale())


@register.filter
def duration(minutes: int) -> str:
    """`90` → `1 hour 30 minutes`."""
    return in_words(minutes)


@register.filter
def percent(ratio: Decimal | float | None) -> str:
    """`0.613` → `61.3%`; a dash where undefined."""
    return "–" if ratio is None else format_percent(ratio, "#,##0.0%", locale=page_locale())


@register.filter
def whole(value: int | None) -> str:
    """A count with separators."""
    return "–" if value is None else format_decimal(value, "#,##0", locale=page_locale())


@register.filter
def local(instant: datetime, zone: str) -> datetime:
    """The instant on the wall clock of a zone."""
    return instant.astimezone(windows.zone(zone))


@register.filter
def wall(instant: datetime, zone: str) -> str:
    """`2026-03-02T09:00` in the zone, as forms and addresses write it."""
    return f"{local(instant, zone):%Y-%m-%dT%H:%M}"


@register.filter
def day(value: date) -> str:
    """`3月2日周一`, `Mon 2 Mar`, with the year where it is not this one; for a datetime, of its own wall clock."""
    this_year = value.year == clock.now().year
    return _skeleton("MMMEd" if this_year else "yMMMEd", value).replace(",", "")


@register.filter
def long_day(value: date) -> str:
    """The day with its year, for headings."""
    return format_date(value, "full", locale=page_locale())


@register.filter
def clock_time(value: datetime) -> str:
    """`09:00`, in every language."""
    return f"{value:%H:%M}"


@register.simple_tag
def window(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """`Mon 2 Mar 09:00–10:30` in the zone; the second day is named when it is another."""
    start, end = local(starts_at, zone), local(ends_at, zone)
    until = clock_time(end) if _same_day(start, end) else f"{day(end)} {clock_time(end)}"
    return f"{day(start)} {clock_time(start)}–{until}"


@register.simple_tag
def moment(instant: datetime, zone: str) -> str:
    """`Mon 2 Mar 09:00` in the zone."""
    there = local(instant, zone)
    return f"{day(there)} {clock_time(there)}"


@register.filter
def zone_name(zone: str) -> str:
    """A zone as people say it: `中国标准时间`, `United Kingdom Time`."""
    tz = windows.zone(zone)
    name = get_timezone_name(tz, width="long", locale=page_locale(), zone_variant="generic")
    return str(name or get_timezone_location(tz, locale=page_locale()))


@register.filter
def country_name(code: str) -> str:
    """`CN` → `China`; the code itself where no name is known."""
    return str(page_locale().territories.get(code, code))


@register.filter
def is_elsewhere(zone: str) -> bool:
    """Whether a clock there differs from the platform's own, so that its name must be said."""
    return zone != PLATFORM_ZONE


def _skeleton(skeleton: str, value: date) -> str:
    moment_of = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a wall clock
    return format_skeleton(skeleton, moment_of.replace(tzinfo=None), locale=page_locale())


def _same_day(start: datetime, end: datetime) -> bool:
    """Whether a window ends on its first day; midnight still belongs to the day it closes."""
    return (end - timedelta(microseconds=1)).date() == start.date() and end.date() == start.date()
