"""What those who run the lab do: closures by plan and by pattern, faults, places, turnaround, hours, needs."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from booking.calendars.commands.set_needs import set_needs
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.commands.set_turnaround import set_turnaround
from booking.calendars.models import Absence, Resource
from booking.calendars.recurrence import Rhythm
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.close_instrument import close_instrument, closure_plan
from booking.reservations.commands.follow_faults import follow_faults
from booking.reservations.commands.remove_absence import remove_absence
from booking.reservations.commands.repeat_closure import repeat_closure
from booking.reservations.commands.set_capacity import set_capacity
from booking.reservations.commands.withdraw_repeating_closure import withdraw_repeating_closure
from booking.reservations.models import RepeatingClosure, Reservation, Status
from booking.reservations.selectors.replanning import Action, Step, WaysOut
from core import clock
from core.windows import TimeWindow
from instruments.upkeep.commands.report_fault import report_fault
from instruments.upkeep.commands.resolve_fault import resolve_fault
from instruments.upkeep.models import Fault, Severity
from tests.booking.lab import ANY, LENGTHS, STARTS, WHICH, LabBase
from tests.booking.lab_model import LIVE, OPEN_HOURS, Known
from tests.factories.booking import ALL_DAY, SHANGHAI, band

STEPS = {Action.CANCEL: "cancel", Action.MOVE: "reschedule", Action.TWIN: "reschedule", Action.END: "cut_short"}


class Desk(LabBase):
    """Commands on calendars and on what bookings have to give way to."""

    @rule(number=WHICH, start=STARTS, length=LENGTHS, hard=st.booleans())
    def close_by_plan(self, number: int, start: int, length: int, hard: bool) -> None:
        self._close_over(number, self._window(start, length), hard)

    @precondition(lambda self: self._some(0, Status.IN_USE) is not None)
    @rule(pick=ANY, start=st.integers(-1, 1), length=LENGTHS)
    def close_on_running(self, pick: int, start: int, length: int) -> None:
        """Somebody who is there has to end."""
        number = self.known[self._found(pick, Status.IN_USE)].instrument
        self._close_over(number, self._window(start, length), hard=True)

    def _close_over(self, number: int, window: TimeWindow, hard: bool) -> None:
        """What lies in the window moves, stays or is cancelled as proposed; hard: all is cancelled or ends."""
        instrument = self.instruments[number]
        met = {key for key in self.known if self._is_met(key, number, window)}
        ways = closure_plan(self.manager, instrument, window)
        assert {way.reservation.pk for way in ways} == met
        plan = [self._step(way, hard) for way in ways]
        made = self._tried(
            lambda: close_instrument(
                viewer=self.manager, instrument=instrument, window=window, reason="Leak", plan=plan
            )
        )
        if made is not None:
            self._carry_out(plan, number, made)
            self.happened["plan"] += bool(plan)
            self.happened.update(str(step.action) for step in plan)

    def _step(self, way: WaysOut, hard: bool) -> Step:
        hardest = [each for each in way.actions if hard and each in (Action.CANCEL, Action.END)]
        return Step(way.reservation.pk, hardest[0]) if hardest else way.proposal

    def _is_met(self, key: int, number: int, window: TimeWindow) -> bool:
        known = self.known[key]
        at = known.blocked if known.instrument == number and known.status in LIVE else None
        return at is not None and at.overlaps(window)

    def _carry_out(self, plan: list[Step], number: int, made: int) -> None:
        closure = self._row(made)
        for step in plan:
            self._apply(step, TimeWindow.of(closure.during).starts_at)
        places = list(range(1, self.capacity[number] + 1))
        window = TimeWindow.of(closure.during)
        moving = [step.reservation_id for step in plan if step.action in (Action.MOVE, Action.TWIN)]
        assert not any(at.overlaps(window) for _, at in self.taken(number, *moving))
        self.known[made] = Known(number, window, places, Status.CONFIRMED, commands=["close"])
        self._settle(moving)

    def _apply(self, step: Step, until: datetime) -> None:
        """until: when the closure begins, behind those that stay or end."""
        known = self.known[step.reservation_id]
        if step.action in STEPS:
            known.commands.append(STEPS[step.action])
        if step.action == Action.CANCEL:
            known.status = Status.CANCELLED
        elif step.action == Action.END:
            known.window = TimeWindow(known.window.starts_at, min(until, known.window.ends_at))
            known.after = timedelta()
            assert TimeWindow.of(self._row(step.reservation_id).during) == known.window

    def _settle(self, moving: list[int]) -> None:
        """In order of time each takes what is free behind those before it."""
        rows = {key: self._row(key) for key in moving}
        waiting_for = sorted(moving, key=lambda key: (self.known[key].window.starts_at, key))
        for key in list(waiting_for):
            known, row = self.known[key], rows[key]
            known.instrument = self._number(row.instrument_id)
            window = TimeWindow.of(row.during)
            places = self.bookable(known.instrument, window, len(known.places), *waiting_for)
            assert places is not None, (known, window)
            self.take(key, window, places)
            known.status = row.status
            waiting_for.remove(key)

    @rule(
        number=WHICH, days=st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True), hour=st.integers(6, 20)
    )
    def close_on_dates(self, number: int, days: list[int], hour: int) -> None:
        """Entered where nothing is in the way; the rest waits and is tried again by the clock."""
        today = clock.now().astimezone(SHANGHAI).date()
        rhythm = Rhythm(start=time(hour), minutes=90, dates=tuple(today + timedelta(days=day) for day in days))
        instrument = self.instruments[number]
        repeat_closure(viewer=self.manager, instrument=instrument, rhythm=rhythm, reason="Cleaning")
        self.happened["repeating"] += 1
        self.happened["repeating entered"] += self.adopt_closures()

    @rule(pick=ANY)
    def withdraw_dates(self, pick: int) -> None:
        """What has not begun is lifted."""
        found = RepeatingClosure.objects.filter(instrument__in=self.instruments, withdrawn_at=None).order_by("pk")
        if not found:
            return
        repeating = found[pick % len(found)]
        withdraw_repeating_closure(viewer=self.manager, repeating=repeating)
        entered = Reservation.objects.filter(closure_occurrence__repeating=repeating).values_list("pk", flat=True)
        for key in entered:
            known = self.known[key]
            if known.status == Status.CONFIRMED and known.window.starts_at > clock.now():
                known.status = Status.CANCELLED
                known.commands.append("cancel")
        self.happened["withdrawn"] += 1

    @rule(number=WHICH, places=st.integers(1, 3), minutes=st.sampled_from([0, 30, 60]), what=st.integers(0, 4))
    def arrange(self, number: int, places: int, minutes: int, what: int) -> None:
        """One rule for all settings, so that they do not come more often than bookings."""
        acts: list[Callable[[], None]] = [
            partial(self._break_or_mend, number),
            partial(self._equip, places),
            partial(self._turn_around, number, minutes),
            self._open_otherwise,
            partial(self._need_or_not, number),
        ]
        acts[what]()

    def _break_or_mend(self, number: int) -> None:
        """A fault that suspends, or its end; the job follows. Bookings stay."""
        instrument = self.instruments[number]
        if self.suspended[number]:
            fault = Fault.objects.get(instrument=instrument, resolved_at=None)
            resolve_fault(viewer=self.manager, fault=fault)
        else:
            report_fault(viewer=self.manager, instrument=instrument, what="Leak", severity=Severity.SUSPENDED)
        follow_faults(instrument_id=instrument.pk)
        self.suspended[number] = not self.suspended[number]
        instrument.refresh_from_db()
        self.happened["suspended"] += 1

    def _equip(self, places: int) -> None:
        """More or fewer places of the second instrument: never below one that is booked. Closures take all."""
        now = clock.now()
        on_it = [(key, known) for key, known in self.known.items() if known.instrument == 1 and known.occupied]
        beyond = [key for key, known in on_it if self._is_beyond(known, places)]
        answer = self._tried(
            lambda: set_capacity(viewer=self.manager, instrument=self.instruments[1], places=places)
        )
        assert (answer is None) == (bool(beyond) and places != self.capacity[1]), beyond
        if answer is None or places == self.capacity[1]:
            return
        self.capacity[1] = places
        for _key, known in on_it:
            if known.owner is None and known.occupied and known.occupied.ends_at > now:
                known.places = list(range(1, places + 1))
                known.commands.append("set_capacity")
        self.happened["capacity"] += 1

    def _is_beyond(self, known: Known, places: int) -> bool:
        at = known.blocked
        is_use = known.owner is not None and known.status in LIVE and max(known.places) > places
        return is_use and at is not None and at.ends_at > clock.now()

    def _turn_around(self, number: int, minutes: int) -> None:
        """From now on; existing bookings keep theirs."""
        set_turnaround(viewer=self.manager, instrument=self.instruments[number], minutes=minutes)
        self.turnaround[number] = timedelta(minutes=minutes)
        self.happened["turnaround"] += 1

    def _open_otherwise(self) -> None:
        """The second instrument by day alone, or day and night again. Bookings stay."""
        self.narrow = not self.narrow
        by_day = band(*(f"{hour:02}:00" for hour in OPEN_HOURS))
        bands = [by_day if self.narrow else ALL_DAY]
        set_opening_hours(viewer=self.manager, instrument=self.instruments[1], bands=bands)
        self.happened["hours"] += 1

    def _need_or_not(self, number: int) -> None:
        """Bookings from now on take the chiller too, or no longer."""
        self.needs[number] = not self.needs[number]
        slots = [[self.chiller]] if self.needs[number] else []
        set_needs(viewer=self.manager, instrument=self.instruments[number], slots=slots)
        self.happened["needs"] += 1

    @rule(start=STARTS, length=LENGTHS)
    def take_away(self, start: int, length: int) -> None:
        """The chiller is away for a while, unless somebody has it then."""
        window = self._window(start, length)
        is_taken = any(at.overlaps(window) for at in self.chilled())
        chiller = Resource.objects.get(pk=self.chiller)
        absence = self._tried(lambda: add_absence(viewer=self.manager, resource=chiller, window=window))
        assert (absence is None) == is_taken, window
        if absence is not None:
            self.absences[absence.pk] = window
            self.happened["absence"] += 1

    @precondition(lambda self: self.absences)
    @rule(pick=ANY)
    def bring_back(self, pick: int) -> None:
        key = sorted(self.absences)[pick % len(self.absences)]
        remove_absence(viewer=self.manager, absence=Absence.objects.select_related("resource").get(pk=key))
        del self.absences[key]
        self.happened["absence over"] += 1
