"""What a few instruments of a lab must look like after some commands: a simple model in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from booking.reservations.models import OCCUPYING, Status
from core import clock
from core.windows import TimeWindow
from tests.factories.booking import SHANGHAI

LIVE: Final = frozenset(OCCUPYING)
OPEN_HOURS: Final = (6, 22)
"""When the second instrument is open while it isn't all day."""


@dataclass
class Known:
    """What the model knows of one reservation. places: of its instrument; commands: those that succeeded.

    after: the turnaround it blocks; shares: whether it took the chiller; series: its key.
    """

    instrument: int
    window: TimeWindow
    places: list[int]
    status: str
    owner: int | None = None
    ended_at: datetime | None = None
    commands: list[str] = field(default_factory=list)
    made_at: datetime = field(default_factory=clock.now)
    is_extended: bool = False
    is_offer: bool = False
    after: timedelta = timedelta()
    shares: bool = False
    series: int | None = None

    @property
    def occupied(self) -> TimeWindow | None:
        """Until when it is there, turnaround aside; None when it is not."""
        return self._until(timedelta())

    @property
    def blocked(self) -> TimeWindow | None:
        """Until when its places are taken; whoever came early and left before the start leaves a turnaround."""
        return self._until(self.after)

    def _until(self, after: timedelta) -> TimeWindow | None:
        if self.status not in (*LIVE, Status.COMPLETED):
            return None
        ends_at = min(self.ended_at or self.window.ends_at, self.window.ends_at) + after
        return TimeWindow(self.window.starts_at, ends_at) if ends_at > self.window.starts_at else None


class Model:
    """Three instruments, at first: one with turnaround, one with two places; first and last with one chiller.

    known: reservations by id; turnaround, capacity, needs, suspended, narrow: what the instruments are set to;
    absences: of the chiller; waits: entries of the waiting list, ended ones among them.
    """

    known: dict[int, Known]
    absences: dict[int, TimeWindow]
    waits: list[int]

    def furnish(self) -> None:
        """As the lab begins."""
        self.known, self.absences, self.waits = {}, {}, []
        self.turnaround = [timedelta(minutes=30), timedelta(), timedelta()]
        self.capacity = [1, 2, 1]
        self.needs = [True, False, True]
        self.suspended = [False, False, False]
        self.narrow = False

    def taken(self, number: int, *but: int) -> Iterator[tuple[int, TimeWindow]]:
        """(place, window with turnaround) of one instrument."""
        for key, known in self.known.items():
            blocked = known.blocked
            if key not in but and known.instrument == number and blocked:
                for place in known.places:
                    yield place, blocked

    def chilled(self, *but: int) -> list[TimeWindow]:
        """When the chiller is taken."""
        live = ((key, known, known.occupied) for key, known in self.known.items())
        taken = [at for key, known, at in live if at and key not in but and known.shares]
        return taken + list(self.absences.values())

    def is_open(self, number: int, window: TimeWindow) -> bool:
        """Whether hours and faults let anybody book it."""
        if self.suspended[number] or window.starts_at < clock.now():
            return False
        start, end = window.starts_at.astimezone(SHANGHAI), window.ends_at.astimezone(SHANGHAI)
        opens, closes = (start.replace(hour=hour, minute=0) for hour in OPEN_HOURS)
        return number != 1 or not self.narrow or opens <= start < end <= closes

    def _free(self, number: int, window: TimeWindow, but: tuple[int, ...]) -> list[int]:
        wanted = window.widened(after=self.turnaround[number])
        taken = {place for place, at in self.taken(number, *but) if at.overlaps(wanted)}
        return [place for place in range(1, self.capacity[number] + 1) if place not in taken]

    def bookable(self, number: int, window: TimeWindow, places: int, *but: int) -> list[int] | None:
        """The places a booking gets; None when it is refused."""
        if not self.is_open(number, window):
            return None
        if self.needs[number] and any(at.overlaps(window) for at in self.chilled(*but)):
            return None
        free = self._free(number, window, but)
        return free[:places] if len(free) >= places else None

    def take(self, key: int, window: TimeWindow, places: list[int]) -> None:
        """It moves to this window and these places, under what the instrument is set to now."""
        known = self.known[key]
        known.window, known.places, known.ended_at = window, places, None
        known.after, known.shares = self.turnaround[known.instrument], self.needs[known.instrument]
