"""The week a calendar shows, in the instrument's zone."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from core import clock
from core.windows import TimeWindow, at_wall_clock
from core.windows import zone as zone_of

_FIRST, _LAST = date(2000, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven local days from `first` on."""

    first: date
    zone: str

    @classmethod
    def asked(cls, text: str, zone: str, otherwise: date) -> "Week":
        """From an address, `2026-03-02`; another day where that is none."""
        try:
            first = date.fromisoformat(text)
        except ValueError:
            first = otherwise
        return cls(first if _FIRST < first < _LAST else otherwise, zone)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(7)]

    @property
    def last(self) -> date:
        return self.first + timedelta(days=6)

    @property
    def window(self) -> TimeWindow:
        """All of it, aware UTC."""
        zone = zone_of(self.zone)
        ends = (self.first, self.first + timedelta(days=7))
        return TimeWindow(*(at_wall_clock(on, time.min, zone) for on in ends))

    @property
    def previous(self) -> date:
        return self.first - timedelta(days=7)

    @property
    def next(self) -> date:
        return self.first + timedelta(days=7)

    @property
    def is_over(self) -> bool:
        return self.last < clock.today(zone_of(self.zone))


def first_day(zone: str, wanted: date) -> date:
    """Today, or the wanted day where that is not among the seven days from today on."""
    today = clock.today(zone_of(zone))
    return today if timedelta() <= wanted - today < timedelta(days=7) else wanted
