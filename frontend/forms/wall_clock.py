"""Dates and times as people type them: on a clock on the wall, within the years in which one can reckon."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from core.schemas import FIRST_INSTANT, LAST_INSTANT
from core.windows import TimeWindow, at_wall_clock

_OUTSIDE = _("Choose a date between the years 1900 and 2199.")


def is_in_calendar(on: date) -> bool:
    """Whether all of a date's day lies between FIRST_INSTANT and LAST_INSTANT, in any zone."""
    return FIRST_INSTANT.date() < on < LAST_INSTANT.date()


def wall_clock(text: str) -> datetime | None:
    """A wall clock from an address, `2026-03-02T09:00`; None where it is none."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    return wall if wall.tzinfo is None and is_in_calendar(wall.date()) else None


class CalendarDateField(forms.DateField):
    """A date, written and read as 2026-03-02."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **kwargs)

    def to_python(self, value: Any) -> date | None:
        on = super().to_python(value)
        if on is not None and not is_in_calendar(on):
            raise forms.ValidationError(_OUTSIDE, code="outside")
        return on


class WallClockField(forms.Field):
    """A date and a time without offset, such as 2026-03-02T09:00."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        try:
            wall = datetime.fromisoformat(str(value))
        except ValueError:
            raise forms.ValidationError(_("Give a date and a time, such as 2026-03-02 09:00.")) from None
        if wall.tzinfo is not None:
            raise forms.ValidationError(_("Give the time on the instrument's clock, without an offset."))
        if not is_in_calendar(wall.date()):
            raise forms.ValidationError(_OUTSIDE, code="outside")
        return wall


class WallWindowForm(forms.Form):
    """From when until when, on the clock of a zone; `window` is the half-open UTC window of a valid form."""

    start = WallClockField(label=_("From"))
    end = WallClockField(label=_("Until"))

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        start, end = given.get("start"), given.get("end")
        if start and end:
            since, until = (at_wall_clock(at.date(), at.time(), self.zone) for at in (start, end))
            if until <= since:
                self.add_error("end", _("The end must be after the start."))
            else:
                self.window = TimeWindow(since, until)
        return given
