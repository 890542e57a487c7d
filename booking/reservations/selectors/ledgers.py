"""What people and firms had booked at a moment of the past, kept while states of bookings come and go in order.

The twin of sql/counted.sql for many moments in one pass. Source: ADR 0012.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from booking.reservations.models import Status
from booking.reservations.policy_values import Level
from booking.reservations.rules.counting import first_of_month, first_of_week, next_month, next_week, periods
from booking.reservations.rules.registry import Counted
from core.windows import TimeWindow

_AHEAD: Final = (Status.HELD, Status.REQUESTED, Status.CONFIRMED)
"""A booking in one of these is upcoming until it begins."""


class Booked(NamedTuple):
    """One state of a booking while it counted: from since until until (None: for good)."""

    id: int
    instrument_id: int
    person: int | None
    firm: int | None
    status: str
    places: int
    starts_at: datetime
    ends_at: datetime
    since: datetime
    until: datetime | None


class Ledger:
    """What counts of one person or firm in one scope at the present moment of the replay.

    zone: whose days, weeks and months count. weeks, months: minutes by their first days.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.days: Counter[date] = Counter()
        self.weeks: Counter[date] = Counter()
        self.months: Counter[date] = Counter()
        self._ahead: dict[int, Booked] = {}
        self._by_start: list[tuple[datetime, int]] = []
        self._minutes_ahead = 0
        self._windows: list[TimeWindow] = []
        self._longest = timedelta()

    def put(self, state: Booked) -> None:
        """It counts from now on."""
        self._count(state, 1)
        if state.status in _AHEAD:
            self._ahead[state.id] = state
            self._minutes_ahead += _minutes(state)
            heappush(self._by_start, (state.starts_at, state.id))
        if window := _window(state):
            insort(self._windows, window)
            self._longest = max(self._longest, window.duration)

    def take(self, state: Booked) -> None:
        """It counts no more."""
        self._count(state, -1)
        self._leave_behind(state.id)
        if window := _window(state):
            del self._windows[bisect_left(self._windows, window)]

    def ahead(self, now: datetime) -> tuple[int, int]:
        """How many bookings start after now, and their minutes. now never goes back."""
        while self._by_start and self._by_start[0][0] <= now:
            starts_at, booking_id = heappop(self._by_start)
            state = self._ahead.get(booking_id)
            if state is not None and state.starts_at == starts_at:
                self._leave_behind(booking_id)
        return len(self._ahead), self._minutes_ahead

    def near(self, window: TimeWindow, gap: timedelta) -> tuple[TimeWindow, ...]:
        """The windows that touch the surroundings of a window, in order."""
        around = window.widened(before=gap, after=gap)
        first = bisect_left(self._windows, around.widened(before=self._longest))
        last = bisect_left(self._windows, around.shifted(around.duration))
        return tuple(other for other in self._windows[first:last] if other.overlaps(around))

    def _leave_behind(self, booking_id: int) -> None:
        gone = self._ahead.pop(booking_id, None)
        if gone is not None:
            self._minutes_ahead -= _minutes(gone)

    def _count(self, state: Booked, by: int) -> None:
        self.days[state.starts_at.astimezone(self._zone).date()] += by
        if state.ends_at <= state.starts_at:
            return
        used = TimeWindow(state.starts_at, state.ends_at)
        for day, part in periods(used, self._zone, first_of_week, next_week):
            self.weeks[day] += by * part.minutes * state.places
        for day, part in periods(used, self._zone, first_of_month, next_month):
            self.months[day] += by * part.minutes * state.places


_Fact = Callable[[Ledger, datetime, TimeWindow, int], Counted]

_FACTS: Final[Mapping[str, _Fact]] = {
    "max_upcoming": lambda ledger, now, _window, _value: Counted(number=ledger.ahead(now)[0]),
    "max_upcoming_hours": lambda ledger, now, _window, _value: Counted(number=ledger.ahead(now)[1]),
    "max_per_day": lambda ledger, _now, _window, _value: Counted(by_date=ledger.days),
    "max_hours_per_week": lambda ledger, _now, _window, _value: Counted(by_date=ledger.weeks),
    "max_hours_per_month": lambda ledger, _now, _window, _value: Counted(by_date=ledger.months),
    "min_gap": lambda ledger, _now, window, value: Counted(windows=ledger.near(window, timedelta(minutes=value))),
}

_Key = tuple[bool, int, Level, int]
"""Whether it is a firm's, its or the person's id, the level, and the id of what the level is about."""


class Ledgers:
    """One ledger for each subject and scope. groups: the group of each instrument of the institution.

    levels: at which something is counted.
    """

    def __init__(self, zone: ZoneInfo, groups: Mapping[int, int | None], levels: Collection[Level]) -> None:
        self._groups, self._levels = groups, levels
        self._ledgers: defaultdict[_Key, Ledger] = defaultdict(lambda: Ledger(zone))
        self._present: dict[int, Booked] = {}

    def put(self, state: Booked) -> None:
        """A state begins; what the booking was before ends."""
        self.forget(state.id)
        self._present[state.id] = state
        for ledger in self._bearing(state):
            ledger.put(state)

    def end(self, state: Booked) -> None:
        """A state ends, if the booking is still in it."""
        if self._present.get(state.id) is state:
            self.forget(state.id)

    def forget(self, booking_id: int) -> None:
        """The booking counts no more: it let go, or is itself about to be judged."""
        state = self._present.pop(booking_id, None)
        if state is not None:
            for ledger in self._bearing(state):
                ledger.take(state)

    def fact(
        self,
        code: str,
        subject: int,
        level: Level,
        instrument_id: int,
        now: datetime,
        window: TimeWindow,
        value: int,
    ) -> Counted:
        """What a counted rule reads: at which level its value is set says where bookings count."""
        kind = code.removesuffix("_enterprise")
        scope = self._scope(counting_level(code, level), instrument_id)
        if scope is None:
            return Counted()
        return _FACTS[kind](self._ledgers[(kind != code, subject, *scope)], now, window, value)

    def _bearing(self, state: Booked) -> list[Ledger]:
        subjects = [(False, state.person), (True, state.firm)]
        scopes = [self._scope(level, state.instrument_id) for level in self._levels]
        return [
            self._ledgers[(is_firm, subject, *scope)]
            for is_firm, subject in subjects
            if subject is not None
            for scope in scopes
            if scope is not None
        ]

    def _scope(self, level: Level, instrument_id: int) -> tuple[Level, int] | None:
        """The level and the id of what it is about; None: nothing there bears on the instrument."""
        if level == Level.PLATFORM:
            return level, 0
        if instrument_id not in self._groups:
            return None
        if level == Level.GROUP:
            group_id = self._groups[instrument_id]
            return None if group_id is None else (level, group_id)
        return level, instrument_id if level == Level.INSTRUMENT else 0


def counting_level(code: str, level: Level) -> Level:
    """Where bookings count towards a value that is set at a level: min_gap alone is about one instrument."""
    return Level.INSTRUMENT if code == "min_gap" else level


def _window(state: Booked) -> TimeWindow | None:
    """The time it held; None where nobody came or it ended before it began."""
    if state.status == Status.NO_SHOW or state.ends_at <= state.starts_at:
        return None
    return TimeWindow(state.starts_at, state.ends_at)


def _minutes(state: Booked) -> int:
    return int((state.ends_at - state.starts_at).total_seconds() // 60) * state.places
