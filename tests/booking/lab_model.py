"""What a few instruments of a lab must look like after some commands: a simple model in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from booking.reservations.models import OCCUPYING, Status
from core import clock
from core.windows import TimeWindow

LIVE: Final = frozenset(OCCUPYING)


@dataclass
class Known:
    """What the model knows of one reservation. places: of its instrument; commands: those that succeeded."""

    instrument: int
    window: TimeWindow
    places: list[int]
    status: str
    owner: int | None = None
    ended_at: datetime | None = None
    commands: list[str] = field(default_factory=list)
    made_at: datetime = field(default_factory=clock.now)
    is_extended: bool = False

    @property
    def occupied(self) -> TimeWindow | None:
        """Until when its places are taken, turnaround aside; None when they are not."""
        if self.status in LIVE:
            return self.window
        if self.status != Status.COMPLETED:
            return None
        ends_at = min(self.ended_at or self.window.ends_at, self.window.ends_at)
        return TimeWindow(self.window.starts_at, ends_at) if ends_at > self.window.starts_at else None


class Model:
    """Three instruments: the first with turnaround, the second with two places, first and last with one chiller.

    known: reservations by id.
    """

    known: dict[int, Known]

    def _turnaround(self, number: int) -> timedelta:
        return timedelta(minutes=30) if number == 0 else timedelta()

    def taken(self, number: int, but: int | None = None) -> Iterator[tuple[int, TimeWindow]]:
        """(place, window with turnaround) of one instrument."""
        for key, known in self.known.items():
            occupied = known.occupied
            if key != but and known.instrument == number and occupied:
                after = timedelta() if known.owner is None else self._turnaround(number)
                for place in known.places:
                    yield place, occupied.widened(after=after)

    def chilled(self, but: int | None = None) -> list[TimeWindow]:
        live = ((key, known, known.occupied) for key, known in self.known.items())
        return [
            at for key, known, at in live if at and key != but and known.instrument != 1 and known.owner is not None
        ]

    def _free(self, number: int, window: TimeWindow, but: int | None = None) -> list[int]:
        wanted = window.widened(after=self._turnaround(number))
        taken = {place for place, at in self.taken(number, but) if at.overlaps(wanted)}
        return [place for place in ((1, 2) if number == 1 else (1,)) if place not in taken]

    def bookable(self, number: int, window: TimeWindow, places: int, but: int | None = None) -> list[int] | None:
        """The places a booking gets; None when it is refused."""
        if window.starts_at < clock.now():
            return None
        if number != 1 and any(at.overlaps(window) for at in self.chilled(but)):
            return None
        free = self._free(number, window, but)
        return free[:places] if len(free) >= places else None
