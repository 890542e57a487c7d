"""What people do in the lab with several bookings at once: series, batches, the waiting list."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from booking.calendars.patterns import Every, Repeat
from booking.reservations.commands.accept_offer import accept_offer
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.book_batch import book_batch
from booking.reservations.commands.book_series import book_series
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.cancel_series import cancel_series
from booking.reservations.commands.change_series import Change, change_series
from booking.reservations.commands.decline_offer import decline_offer
from booking.reservations.commands.leave_waitlist import leave_waitlist
from booking.reservations.commands.occurrences import SeriesScope
from booking.reservations.commands.offer_freed_time import offer_freed_time
from booking.reservations.commands.several import Wish
from booking.reservations.models import Reservation, ReservationSeries, Status, WaitlistEntry, WaitStatus
from core import clock
from core.windows import TimeWindow
from tests.booking.lab import ANY, COMING, LENGTHS, STARTS, WHICH, WHO, LabBase
from tests.booking.lab_model import Known
from tests.booking.reservations.waiting import waiting
from tests.factories.booking import SHANGHAI

SCOPES = st.sampled_from(list(SeriesScope))
HALF_HOURS = st.integers(0, 44)
Part = tuple[int, SeriesScope, int | None]
PART: Final[st.SearchStrategy[Part]] = st.tuples(ANY, SCOPES, st.none() | HALF_HOURS)
"""Which of a series and their new time of the day; none: they are cancelled."""
Answer = Callable[..., object]
ANSWERS: Final[st.SearchStrategy[Answer | None]] = st.sampled_from(
    [None, accept_offer, decline_offer, leave_waitlist]
)
PAIRS = st.sampled_from([(0, 1), (1, 0), (1, 2), (2, 1), (0, 2)])


class Several(LabBase):
    """Commands on more than one reservation."""

    def _series(self) -> list[int]:
        return sorted({known.series for known in self.known.values() if known.series is not None})

    def _picked(self, pick: int) -> int:
        return self._series()[pick % len(self._series())]

    def _meant(self, series: int, pick: int, scope: SeriesScope) -> tuple[ReservationSeries, int, list[int]]:
        """A series, the occurrence that is named, and those that a command with this scope may touch, in order."""
        keys = [key for key, known in self.known.items() if known.series == series]
        chosen = keys[pick % len(keys)]
        since = {SeriesScope.THIS: [chosen], SeriesScope.FOLLOWING: keys[keys.index(chosen) :]}.get(scope, keys)
        begun = [key for key in since if self.known[key].window.starts_at <= clock.now()]
        late = [] if scope == SeriesScope.THIS else begun
        return (
            ReservationSeries.objects.get(pk=series),
            chosen,
            [key for key in since if self.known[key].status in COMING and key not in late],
        )

    @rule(number=WHICH, start=STARTS, length=LENGTHS, count=st.integers(2, 4), who=WHO, then=st.none() | PART)
    def repeat(self, number: int, start: int, length: int, count: int, who: int, then: Part | None) -> None:
        """Daily at the same time: all of it or nothing. then: a part of it is changed or cancelled at once."""
        first = self._window(start, length)
        windows = [first.shifted(timedelta(days=day)) for day in range(count)]
        places = [self.bookable(number, window, 1) for window in windows]
        made = self._tried(
            lambda: book_series(
                viewer=self.owners[who],
                instrument=self.instruments[number],
                window=first,
                repeat=Repeat(Every.DAYS, interval=1, count=count),
                wanted=Wanted(),
            )
        )
        assert (made is None) == (None in places), (windows, places, made)
        if made is not None:
            for occurrence, window, got in zip(made.occurrences, windows, places, strict=True):
                assert got is not None
                self._remember(occurrence.reservation, number, window, got, who)
                self.known[occurrence.reservation.pk].series = made.series.pk
            self.happened["series"] += 1
            if then is not None:
                pick, scope, half_hours = then
                if half_hours is None:
                    self._cancel_part(made.series.pk, pick, scope)
                else:
                    self._change_part(made.series.pk, pick, scope, half_hours)

    @precondition(lambda self: self._series())
    @rule(pick=ANY, scope=SCOPES, half_hours=HALF_HOURS)
    def change_several(self, pick: int, scope: SeriesScope, half_hours: int) -> None:
        self._change_part(self._picked(pick), pick, scope, half_hours)

    def _change_part(self, of: int, pick: int, scope: SeriesScope, half_hours: int) -> None:
        """Another time of the day for this one, it and those after it, or all; none is in another's way."""
        series, chosen, keys = self._meant(of, pick, scope)
        start = time(half_hours // 2, half_hours % 2 * 30)
        windows = {key: self._at(self.known[key].window, start) for key in keys}
        moving = [key for key in keys if windows[key] != self.known[key].window]
        answer = self._tried(
            lambda: change_series(
                viewer=self._owner(chosen),
                series=series,
                scope=scope,
                change=Change(start=start),
                occurrence_id=chosen,
            )
        )
        fits = self._moved(moving, windows, keep=answer is not None)
        assert (answer is not None) == (bool(keys) and fits), (keys, windows, fits)
        if answer is not None:
            for occurrence in answer.occurrences:
                key = occurrence.reservation.pk
                self.known[key].status = self._row(key).status
                self.known[key].commands.append("reschedule")
            self.happened[f"series {scope} changed"] += 1

    def _at(self, window: TimeWindow, start: time) -> TimeWindow:
        day = window.starts_at.astimezone(SHANGHAI)
        return window.shifted(day.replace(hour=start.hour, minute=start.minute) - day)

    def _moved(self, moving: list[int], windows: dict[int, TimeWindow], *, keep: bool) -> bool:
        """Whether all fit when they have let go first; kept in the model if the command did it."""
        later = sum((windows[key].starts_at - self.known[key].window.starts_at for key in moving), timedelta())
        waiting_for = list(moving)
        before = {key: (self.known[key].window, self.known[key].places) for key in moving}
        fits = True
        for key in sorted(moving, key=moving.index, reverse=later > timedelta()):
            known = self.known[key]
            places = self.bookable(known.instrument, windows[key], len(known.places), *waiting_for)
            fits = fits and places is not None
            if places is None or not keep:
                known.window = windows[key] if places else known.window
            else:
                self.take(key, windows[key], places)
            waiting_for.remove(key) if places is not None else None
        if not keep:
            for key, (window, places) in before.items():
                self.known[key].window, self.known[key].places = window, places
        return fits

    @precondition(lambda self: self._series())
    @rule(pick=ANY, scope=SCOPES)
    def cancel_several(self, pick: int, scope: SeriesScope) -> None:
        self._cancel_part(self._picked(pick), pick, scope)

    def _cancel_part(self, of: int, pick: int, scope: SeriesScope) -> None:
        series, chosen, keys = self._meant(of, pick, scope)
        answer = self._tried(
            lambda: cancel_series(
                viewer=self._owner(chosen), series=series, scope=scope, occurrence_id=chosen, reason="Done"
            )
        )
        assert (answer is not None) == bool(keys)
        for key in keys:
            self.known[key].status = Status.CANCELLED
            self.known[key].commands.append("cancel")
        self.happened[f"series {scope} cancelled"] += bool(keys)

    @rule(pair=PAIRS, start=STARTS, length=LENGTHS, who=WHO)
    def book_both(self, pair: tuple[int, int], start: int, length: int, who: int) -> None:
        """A batch: both or neither, the second judged behind the first."""
        window = self._window(start, length)
        places = [self.bookable(number, window, 1) for number in pair]
        fits = None not in places and not all(self.needs[number] for number in pair)
        wishes = [Wish(self.instruments[number], window, Wanted(), {}) for number in pair]
        made = self._tried(lambda: book_batch(viewer=self.owners[who], wishes=wishes))
        assert (made is not None) == fits, (pair, window, places)
        if made is not None:
            for number, row, got in zip(pair, made.booked, places, strict=True):
                self._remember(row, number, window, got or [], who)
            self.happened["batch"] += 1

    @rule(number=WHICH, start=STARTS, length=LENGTHS, who=WHO)
    def join(self, number: int, start: int, length: int, who: int) -> None:
        self._join(number, self._window(start, length), who)

    def _join(self, number: int, window: TimeWindow, who: int) -> WaitlistEntry | None:
        """Only for what can't be had now."""
        is_free = self.bookable(number, window, 1) is not None
        joined: WaitlistEntry | None = self._tried(
            lambda: waiting(self.owners[who], self.instruments[number], window)
        )
        assert not (is_free and joined), window
        self.waits += [joined.pk] if joined else []
        self.happened["join"] += joined is not None
        return joined

    @precondition(lambda self: self._some(0, *COMING) is not None)
    @rule(pick=ANY, who=WHO, then=ANSWERS)
    def take_over(self, pick: int, who: int, then: Answer | None) -> None:
        """Somebody waits for what is booked; all of that is called off; the offer is answered or not."""
        booked = self.known[self._found(pick, *COMING)]
        number, window = booked.instrument, booked.window
        if self._join(number, window, who) is None:
            return
        for key, known in self.known.items():
            blocked = known.blocked if known.owner is not None and known.status in COMING else None
            if known.instrument == number and blocked and blocked.overlaps(window):
                cancel_reservation(viewer=self.manager, reservation=self._row(key), reason="Leak")
                known.status = Status.CANCELLED
                known.commands.append("cancel")
        self.offer()
        offered = self._some(-1, Status.HELD, offers=True)
        if then and offered is not None:
            self._answer(offered, then)

    @precondition(lambda self: self.waits)
    @rule(pick=ANY)
    def wait_no_longer(self, pick: int) -> None:
        """Of those who still wait: the clock and the jobs end it too."""
        found = WaitlistEntry.objects.filter(pk__in=self.waits, status=WaitStatus.WAITING).order_by("pk")
        self.waits = [entry.pk for entry in found]
        if not found:
            return
        entry = found[pick % len(found)]
        who = [viewer.user_id for viewer in self.owners].index(entry.user_id)
        left = leave_waitlist(viewer=self.owners[who], entry=entry)
        assert left.status == WaitStatus.WITHDRAWN
        self.happened["leave_waitlist"] += 1

    @rule()
    def offer(self) -> None:
        """The jobs go through the queues: whoever comes first gets what is free, and it is held."""
        for instrument in self.instruments:
            after: int | None = 0
            while after is not None:
                after = offer_freed_time(instrument_id=instrument.pk, after=after)
        offered = WaitlistEntry.objects.filter(offer__instrument__in=self.instruments).exclude(offer__in=self.known)
        for entry in offered.select_related("offer").order_by("offer"):
            self._adopt_offer(entry.offer, entry)

    def _adopt_offer(self, row: Reservation | None, entry: WaitlistEntry) -> None:
        assert row is not None
        number = self._number(row.instrument_id)
        window = TimeWindow.of(row.during)
        places = self.bookable(number, window, 1)
        assert (row.status, row.user_id, places is None) == (Status.HELD, entry.user_id, False)
        owner = [viewer.user_id for viewer in self.owners].index(row.user_id)
        self.known[row.pk] = Known(number, window, [], Status.HELD, owner, is_offer=True)
        self.take(row.pk, window, places or [])
        self.happened["offer"] += 1

    @precondition(lambda self: self._some(0, Status.HELD, offers=True) is not None)
    @rule(pick=ANY, answer=st.sampled_from([accept_offer, decline_offer, leave_waitlist]))
    def answer(self, pick: int, answer: Answer) -> None:
        self._answer(self._found(pick, Status.HELD, offers=True), answer)

    def _answer(self, key: int, answer: Answer) -> None:
        known, viewer = self.known[key], self._owner(key)
        entry = WaitlistEntry.objects.select_related("offer").get(offer=key)
        places = self.bookable(known.instrument, known.window, 1, key)
        done = self._tried(lambda: answer(viewer=viewer, entry=entry))
        assert (done is None) == (answer is accept_offer and places is None)
        if done is None:
            return
        if answer is accept_offer:
            self.take(key, known.window, places or [])
        known.status = self._row(key).status
        known.commands.append("confirm" if answer is accept_offer else "let_go")
        assert known.status in ((Status.REQUESTED, Status.CONFIRMED) if answer is accept_offer else ("expired",))
        self.happened[getattr(answer, "__name__", "")] += 1
