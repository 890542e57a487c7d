"""Hunting for the first windows in many calendars at once: gaps are read round by round, bounded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from accounts.models import Tier
from booking.reservations.policy_values import effective_values
from booking.reservations.rules.registry import defaults
from booking.reservations.selectors.gaps import BEYOND_DAYS, GapsRead, Wish, gaps_beyond, indexed_gaps
from booking.reservations.selectors.timing import Gap, Timing, common_gaps, timing
from core.windows import TimeWindow, subtracted

MOST_BEYOND: Final = 50
"""Instruments of one question whose time beyond the index of free gaps is computed."""


@dataclass(slots=True)
class Hunt:
    """The search for the first windows on one instrument. since, until: bounds of the windows, aware UTC.

    timing None: the rules have not been read yet. is_through: every gap of the index has been seen. busy: when
    somebody is not free without whom no window will do.
    """

    instrument_id: int
    tier: Tier
    now: datetime
    since: datetime
    until: datetime | None = None
    minutes: int = 0
    places: int = 1
    count: int = 1
    timing: Timing | None = None
    revision: int = 0
    gaps_until: datetime | None = None
    gaps: list[Gap] = field(default_factory=list)
    windows: dict[TimeWindow, Gap] = field(default_factory=dict)
    is_through: bool = False
    is_certain: bool = False
    busy: Sequence[TimeWindow] = ()

    @property
    def is_over(self) -> bool:
        """Enough found, or nothing to be found."""
        return len(self.windows) >= self.count or (self.timing is not None and self.timing.is_impossible)

    @property
    def reaches_beyond(self) -> bool:
        """Windows behind the index could pass the rules and have not been looked at."""
        if self.timing is None or self.gaps_until is None or self.is_over or not self.is_through:
            return False
        last = self.timing.last_start
        return last is None or last >= self.gaps_until

    def wish(self) -> Wish:
        """What to read next: gaps as long as asked for, even where a booking may not be, and as the rules want."""
        asked = timedelta(minutes=max(self.minutes, 1))
        latest = None if self.until is None else self.until - asked
        if self.timing is None:
            return Wish(self.instrument_id, self.tier.bit, self.since, latest, asked)
        timed, after = self.timing, self.gaps[-1] if self.gaps else None
        length = max(timed.wished, asked)
        since = max(timed.earliest + timed.wished, self.since + asked) - length
        bounds = [bound for bound in (timed.last_start, latest) if bound is not None]
        latest = min(bounds, default=None)
        return Wish(self.instrument_id, self.tier.bit, since, latest, length, after, timed.full)

    def take(self, row: GapsRead, limit: int) -> None:
        """Look for windows in the gaps read."""
        if self.timing is None:
            values = effective_values(row.policy, self.tier, defaults())
            self.timing = timing(
                values, row.zone, now=self.now, since=self.since, until=self.until, minutes=self.minutes
            )
        self.revision, self.gaps_until = row.revision, row.gaps_until
        self.is_through = len(row.gaps) < limit
        self._look_at(row.gaps)
        self.is_certain = self.is_through and not self.reaches_beyond

    def take_beyond(self, gaps: list[Gap]) -> None:
        """Look for windows in the gaps behind the index; BEYOND_DAYS of them were computed."""
        assert self.timing is not None
        assert self.gaps_until is not None
        self._look_at(gaps)
        computed_to = max(self.timing.earliest, self.gaps_until) + timedelta(days=BEYOND_DAYS)
        last = self.timing.last_start
        self.is_certain = last is not None and last <= computed_to

    def _look_at(self, gaps: list[Gap]) -> None:
        assert self.timing is not None
        self.gaps += gaps
        for gap in common_gaps(self.gaps if self.places > 1 else gaps, self.places):
            window = next((each for part in self._parts(gap) if (each := self.timing.first_window(part))), None)
            if window:
                self.windows.setdefault(window, gap)

    def _parts(self, gap: Gap) -> list[Gap]:
        if not self.busy:
            return [gap]
        rests = subtracted([TimeWindow(gap.starts_at, gap.ends_at)], self.busy)
        return [gap._replace(starts_at=rest.starts_at, ends_at=rest.ends_at) for rest in rests]

    def found(self) -> list[TimeWindow]:
        return sorted(self.windows)[: self.count]


def pursue(hunts: Sequence[Hunt], limits: Iterable[int], *, without: int | None = None, mode: str = "") -> None:
    """Read gaps round by round until every hunt is over or has seen all, then beyond the index for some.

    without: as if this reservation held nothing. mode: with what this access mode needs.
    """
    by_instrument = {hunt.instrument_id: hunt for hunt in hunts}
    for limit in limits:
        wishes = [hunt.wish() for hunt in hunts if not hunt.is_over and not hunt.is_through]
        if not wishes:
            break
        for row in indexed_gaps(wishes, limit=limit, without=without, mode=mode):
            by_instrument[row.instrument_id].take(row, limit)
    far = [hunt for hunt in hunts if hunt.reaches_beyond][:MOST_BEYOND]
    beyond = gaps_beyond([hunt.wish() for hunt in far], without=without, mode=mode) if far else {}
    for hunt in far:
        hunt.take_beyond(beyond.get(hunt.instrument_id, []))
