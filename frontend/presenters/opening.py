"""Weekly opening hours in words."""

from collections.abc import Iterable, Iterator
from datetime import time
from typing import Final

from babel.dates import get_day_names
from django.utils.translation import gettext as _

from accounts.models import Tier
from booking.calendars.recurrence import WEEKDAYS, Band
from frontend.templatetags.figures import page_locale

_DAYS: Final = {name: number for number, name in enumerate(WEEKDAYS)}


def opening_in_words(bands: Iterable[Band], tier: Tier) -> list[tuple[str, str]]:
    """Days and times of the bands open to a tier: `("Mon–Fri", "09:00–17:00")`."""
    return [
        (", ".join(_spans(band.weekdays)), _off_peak(band) % {"hours": f"{band.start:%H:%M}–{_end(band)}"})
        for band in bands
        if band.tiers & tier.bit
    ]


def _off_peak(band: Band) -> str:
    return _("%(hours)s, off-peak") if band.is_off_peak else "%(hours)s"


def _end(band: Band) -> str:
    return f"{band.end:%H:%M}" if band.end != time.min else "24:00"


def _spans(weekdays: Iterable[str]) -> Iterator[str]:
    """Runs of days as `Mon–Fri`, single ones by themselves."""
    names = get_day_names("abbreviated", context="stand-alone", locale=page_locale())
    for first, last in _runs(sorted(_DAYS[day] for day in weekdays)):
        yield names[first] if first == last else f"{names[first]}–{names[last]}"


def _runs(days: list[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for position in range(1, len(days) + 1):
        if position == len(days) or days[position] != days[position - 1] + 1:
            yield days[start], days[position - 1]
            start = position
