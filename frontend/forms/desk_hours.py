"""Weekly opening hours: as rows that work without a script, or as the painter's JSON."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import Tier
from booking.calendars.recurrence import WEEKDAYS, Band, InvalidOpeningHours

MOST_BANDS: Final = 60
EMPTY_ROWS: Final = 2
_ROW: Final = re.compile(r"band-(\d{1,4})-(?:weekdays|start|end|tiers|off_peak)")


@dataclass(slots=True)
class Row:
    """One band as typed. error: said below it."""

    weekdays: list[str] = field(default_factory=list)
    start: str = ""
    end: str = ""
    tiers: list[str] = field(default_factory=lambda: list(Tier.values))
    is_off_peak: bool = False
    error: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing was entered; who may book alone says nothing."""
        return not (self.weekdays or self.start or self.end)

    def band(self) -> Band:
        """Raises InvalidOpeningHours."""
        start, end = _time(self.start), _time(self.end)
        if not self.weekdays:
            raise InvalidOpeningHours(_("Tick at least one day."))
        unknown = [tier for tier in self.tiers if tier not in Tier.values]
        if unknown or not self.tiers:
            raise InvalidOpeningHours(_("Say for whom the hours are open."))
        days: tuple[str, ...] = tuple(day for day in WEEKDAYS if day in self.weekdays)
        return Band(days, start, end, Tier.mask([Tier(tier) for tier in self.tiers]), self.is_off_peak)


class HoursForm:
    """The bands typed or painted, or those in force. errors: whether anything can't be understood."""

    def __init__(self, data: QueryDict | None = None, *, bands: Iterable[Band] = ()) -> None:
        self.rows = [row_of(band) for band in bands] if data is None else list(_typed(data))
        self.bands: list[Band] = []
        self.problem = ""

    def is_valid(self) -> bool:
        """Turn rows into bands; a row that can't be one keeps its text and its reason."""
        self.bands = []
        if len(self.rows) > MOST_BANDS:
            self.problem = _("At most %(count)d rows.") % {"count": MOST_BANDS}
        for row in self.rows[:MOST_BANDS]:
            try:
                self.bands.append(row.band())
            except InvalidOpeningHours as error:
                row.error = str(error.detail)
        return not self.has_errors

    @property
    def has_errors(self) -> bool:
        return bool(self.problem) or any(row.error for row in self.rows)

    @property
    def shown_rows(self) -> list[Row]:
        """With a few empty ones, so that hours can be added without a script."""
        return [*self.rows, *(Row() for _each in range(EMPTY_ROWS))]


def row_of(band: Band) -> Row:
    """A band as the form writes it."""
    tiers = [tier.value for tier in Tier if band.tiers & tier.bit]
    return Row(list(band.weekdays), f"{band.start:%H:%M}", f"{band.end:%H:%M}", tiers, band.is_off_peak)


def _typed(data: QueryDict) -> Iterator[Row]:
    if "bands" in data:
        yield from _painted(data.get("bands", ""))
        return
    numbers = sorted({int(match[1]) for key in data if (match := _ROW.fullmatch(key))})
    for number in numbers:
        row = Row(
            data.getlist(f"band-{number}-weekdays"),
            data.get(f"band-{number}-start", ""),
            data.get(f"band-{number}-end", ""),
            data.getlist(f"band-{number}-tiers"),
            f"band-{number}-off_peak" in data,
        )
        if not row.is_empty:
            yield row


def _painted(text: str) -> Iterator[Row]:
    try:
        bands = json.loads(text)
    except (ValueError, RecursionError):
        bands = [None]
    for band in bands if isinstance(bands, list) else [None]:
        yield _painted_row(band) if isinstance(band, Mapping) else Row(error=_("The hours can't be read."))


def _painted_row(band: Mapping[str, Any]) -> Row:
    return Row(
        _texts(band.get("weekdays")),
        str(band.get("start", "")),
        str(band.get("end", "")),
        _texts(band.get("tiers")),
        band.get("off_peak") is True,
    )


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _time(text: str) -> time:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)(?::00)?", text)
    if match is None:
        raise InvalidOpeningHours(_("Give both times, such as 09:00 and 17:30."))
    return time(int(match[1]), int(match[2]))
