from dataclasses import dataclass
from datetime import datetime

from core.events import Event


@dataclass(frozen=True, slots=True)
class HolidaysChanged(Event):
    """Opening hours have been expanded anew for other holidays; free time has to follow."""

    profile_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HolidaysObserved(Event):
    """An institution got opening hours of its own; its instruments without any have to take them over."""

    institution_id: int


@dataclass(frozen=True, slots=True)
class CalendarChanged(Event):
    """An instrument's calendar has a new revision; the window is what changed, UTC.

    redrawn: not a booking changed but hours, places, turnaround, rules or the instrument's status.
    """

    instrument_id: int
    revision: int
    starts_at: datetime
    ends_at: datetime
    redrawn: bool = False
