"""The lab of the stateful tests: instruments, people, the clock, and what must hold after each step."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any, ClassVar, Final

import time_machine
from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.add_resource import add_resource
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import Claim, Resource, ResourceKind
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.expire_holds import expire_holds
from booking.reservations.commands.expire_waiting import expire_waiting
from booking.reservations.commands.place_closures import place_closures
from booking.reservations.commands.release_no_shows import release_no_shows
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.models import Kind, Reservation, Status
from booking.reservations.process_settings import ApprovalMode, CheckInMode
from booking.reservations.selectors.history import history_of
from core import clock
from core.errors import DomainError
from core.windows import TimeWindow
from instruments.catalogue.models import InstrumentStatus
from tests.booking.lab_model import LIVE, Known, Model
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import ALL_DAY, firm_user, open_instrument, slot

STEP: Final = timedelta(minutes=30)
STARTS: Final = st.integers(-1, 10)
LENGTHS: Final = st.integers(1, 6)
WHO: Final = st.integers(0, 1)
WHICH: Final = st.integers(0, 2)
ANY: Final = st.integers(0, 1_000)
COMING: Final = (Status.HELD, Status.REQUESTED, Status.CONFIRMED)


class LabBase(Model, RuleBasedStateMachine):
    """Three instruments: one with turnaround and check-in, one with two places, one that wants approval.

    The first and the last need the same chiller. Everything is open day and night on a grid of half hours.
    """

    happened: ClassVar[Counter[str]] = Counter()
    steps: ClassVar[Counter[str]] = Counter()
    """How many: steps of all sequences together."""

    @initialize()
    def open(self) -> None:
        self.travel = time_machine.travel(slot("08:00").starts_at, tick=False)
        self.clock = self.travel.start()
        with connection.cursor() as cursor:  # else the clock would work on for the labs before this one
            cursor.execute("TRUNCATE accounts_institution CASCADE")
        self.furnish()
        self.lab = make_institution()
        self.manager, self.owners = manager_of(self.lab), (firm_user(), firm_user())
        self.instruments = [
            open_instrument(self.lab, bands=[ALL_DAY], turnaround=30),
            open_instrument(self.lab, bands=[ALL_DAY], places=2),
            open_instrument(self.lab, bands=[ALL_DAY]),
        ]
        self._set(0, "check_in_required", CheckInMode.ALWAYS)
        self._set(2, "approval", ApprovalMode.ALWAYS)
        chiller = add_resource(
            viewer=self.manager, institution=self.lab, kind=ResourceKind.SHARED, name="Chiller", capacity=1
        )
        self.chiller = chiller.pk
        for number in (0, 2):
            set_needs(viewer=self.manager, instrument=self.instruments[number], slots=[[chiller.pk]])
        self.resources = [Resource.objects.get(instrument=each).pk for each in self.instruments]
        self.revisions = self._revisions()
        self.claims: list[tuple[int, int, TimeWindow]] = []

    def teardown(self) -> None:
        if hasattr(self, "travel"):
            for key, known in self.known.items():
                self._history_is_complete(key, known)
                self.happened.update([*known.commands, known.status])
            self.travel.stop()

    # Helpers

    def _set(self, number: int, code: str, value: int) -> None:
        set_policy_value(viewer=self.manager, instrument=self.instruments[number], code=code, value=value)

    def _window(self, start: int, length: int) -> TimeWindow:
        """start: in half hours from the next line of the grid."""
        behind = (clock.now() - slot("08:00").starts_at) % STEP
        starts_at = clock.now() - behind + (STEP if behind else timedelta()) + start * STEP
        return TimeWindow(starts_at, starts_at + length * STEP)

    def _some(self, pick: int, *statuses: str, uses: bool = True, offers: bool | None = None) -> int | None:
        fitting = [
            key
            for key, known in self.known.items()
            if (not statuses or known.status in statuses)
            and (known.owner is not None) is uses
            and offers in (None, known.is_offer)
        ]
        return fitting[pick % len(fitting)] if fitting else None

    def _found(self, pick: int, *statuses: str, uses: bool = True, offers: bool | None = None) -> int:
        key = self._some(pick, *statuses, uses=uses, offers=offers)
        assert key is not None
        return key

    def _number(self, instrument_id: int) -> int:
        return [each.pk for each in self.instruments].index(instrument_id)

    def _row(self, key: int) -> Reservation:
        return Reservation.objects.select_related("instrument__institution").get(pk=key)

    def _owner(self, key: int) -> Viewer:
        return self.owners[self.known[key].owner or 0]

    def _tried(self, act: Callable[[], Any]) -> Any:
        """The command's answer, None when it was refused with a reason; anything else is a defect."""
        try:
            return act()
        except DomainError:
            return None

    def _remember(self, made: Reservation, number: int, window: TimeWindow, places: list[int], owner: int) -> None:
        command = "hold" if made.status == Status.HELD else "book"
        self.known[made.pk] = Known(number, window, places, made.status, owner, commands=[command])
        self.take(made.pk, window, places)

    def adopt_closures(self) -> int:
        """Closures that a pattern or a job has entered: on free time alone."""
        found = Reservation.objects.filter(kind__in=(Kind.CLOSURE, Kind.MAINTENANCE)).exclude(pk__in=self.known)
        for row in found.filter(instrument__in=self.instruments).order_by("pk"):
            number = self._number(row.instrument_id)
            window = TimeWindow.of(row.during)
            assert not any(at.overlaps(window) for _, at in self.taken(number))
            people = [entry.command for entry in history_of(row) if entry.actor is not None]
            assert people in ([], ["close"])
            places = list(range(1, self.capacity[number] + 1))
            self.known[row.pk] = Known(number, window, places, row.status, commands=people)
        return len(found)

    @rule(minutes=st.sampled_from([1, 5, 12, 30, 45, 90]))
    def wait(self, minutes: int) -> None:
        self._pass(timedelta(minutes=minutes))

    def _pass(self, time: timedelta) -> None:
        """The clock does its work; what it may do is checked, then believed."""
        self.clock.shift(time)
        for work in (advance_reservations, release_no_shows, expire_holds, expire_waiting):
            work()
        for row in Reservation.objects.filter(pk__in=self.known):
            known = self.known[row.pk]
            assert row.status == known.status or known.status in LIVE, (known, row.status)
            known.status, known.ended_at = row.status, row.used_until
            self._is_not_overdue(row, known)
        place_closures()
        self.adopt_closures()

    def _is_not_overdue(self, row: Reservation, known: Known) -> None:
        now = clock.now()
        if row.status == Status.HELD:
            assert row.hold_expires_at is not None
            assert row.hold_expires_at > now
        if row.status == Status.CONFIRMED and known.instrument == 0 and row.kind == Kind.USE:
            assert now < known.window.starts_at + timedelta(minutes=30)
        elif row.status == Status.CONFIRMED:
            is_held_back = row.kind == Kind.USE and row.instrument.status == InstrumentStatus.SUSPENDED
            assert now < (known.window.ends_at if is_held_back else known.window.starts_at)

    # What must hold

    @invariant()
    def claims_are_the_models_and_revisions_grow(self) -> None:
        """No overlap either, since the model has none; a calendar whose claims changed has a greater revision."""
        if not hasattr(self, "claims"):
            return
        self.steps["steps"] += 1
        expected = [(key, place, at) for n, key in enumerate(self.resources) for place, at in self.taken(n)]
        expected += [(self.chiller, 1, at) for at in self.chilled()]
        stored = Claim.objects.filter(resource__in=[*self.resources, self.chiller])
        found = sorted((claim.resource_id, claim.place, TimeWindow.of(claim.occupies)) for claim in stored)
        assert found == sorted(expected), ({*found} - {*expected}, {*expected} - {*found}, self.known)
        assert not any(a[:2] == b[:2] and a[2].overlaps(b[2]) for a, b in pairwise(found))
        present, changed = self._revisions(), {each[0] for each in {*found} ^ {*self.claims}}
        for key, before in self.revisions.items():
            assert present[key] > before if key in changed else present[key] >= before
        self.claims, self.revisions = found, present

    @invariant()
    def gaps_are_the_truth(self) -> None:
        for resource in getattr(self, "resources", ()):
            assert functions.wrong_gaps(resource, clock.now()) == []

    def _revisions(self) -> dict[int, int]:
        keys = [*self.resources, self.chiller]
        return dict(Resource.objects.filter(pk__in=keys).values_list("pk", "revision"))

    def _history_is_complete(self, key: int, known: Known) -> None:
        row = self._row(key)
        entries = history_of(row)
        people = [entry.command for entry in entries if entry.actor is not None]
        assert people == known.commands, (key, known)
        assert row.version == len(entries), (key, known, [entry.command for entry in entries])
