"""Any sequence of commands by several people, beside a simple model in memory that knows what must come of it."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, Final

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.add_resource import add_resource
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import Claim, Resource, ResourceKind
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.approve_reservation import approve_reservation
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.check_out import check_out
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.decline_reservation import decline_reservation
from booking.reservations.commands.expire_holds import expire_holds
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.commands.let_go import let_go
from booking.reservations.commands.release_no_shows import release_no_shows
from booking.reservations.commands.renew_hold import renew_hold
from booking.reservations.commands.reopen_instrument import reopen_instrument
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.models import Kind, Reservation, Status
from booking.reservations.process_settings import ApprovalMode, CheckInMode
from booking.reservations.selectors.history import history_of
from core import clock
from core.errors import DomainError
from core.windows import TimeWindow
from tests.booking.lab_model import LIVE, Known, Model
from tests.conftest import DEEP
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import ALL_DAY, firm_user, open_instrument, slot

pytestmark = [pytest.mark.django_db(transaction=True)]

STEP: Final = timedelta(minutes=30)
STARTS: Final = st.integers(-1, 10)
LENGTHS: Final = st.integers(1, 6)
WHO: Final = st.integers(0, 1)
WHICH: Final = st.integers(0, 2)
ANY: Final = st.integers(0, 1_000)


class Lab(Model, RuleBasedStateMachine):
    """Three instruments: one with turnaround and check-in, one with two places, one that wants approval.

    The first and the last need the same chiller. Everything is open day and night on a grid of half hours.
    """

    happened: ClassVar[Counter[str]] = Counter()

    @initialize()
    def open(self) -> None:
        self.travel = time_machine.travel(slot("08:00").starts_at, tick=False)
        self.clock = self.travel.start()
        lab = make_institution()
        self.manager, self.owners = manager_of(lab), (firm_user(), firm_user())
        self.instruments = [
            open_instrument(lab, bands=[ALL_DAY], turnaround=30),
            open_instrument(lab, bands=[ALL_DAY], places=2),
            open_instrument(lab, bands=[ALL_DAY]),
        ]
        self._set(0, "check_in_required", CheckInMode.ALWAYS)
        self._set(2, "approval", ApprovalMode.ALWAYS)
        chiller = add_resource(
            viewer=self.manager, institution=lab, kind=ResourceKind.SHARED, name="Chiller", capacity=1
        )
        self.chiller = chiller.pk
        for number in (0, 2):
            set_needs(viewer=self.manager, instrument=self.instruments[number], slots=[[chiller.pk]])
        self.resources = [Resource.objects.get(instrument=each).pk for each in self.instruments]
        self.known: dict[int, Known] = {}
        self.revisions = self._revisions()

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

    def _some(self, pick: int, *statuses: str, uses: bool = True) -> int | None:
        fitting = [
            key
            for key, known in self.known.items()
            if (not statuses or known.status in statuses) and (known.owner is not None) is uses
        ]
        return fitting[pick % len(fitting)] if fitting else None

    def _found(self, pick: int, *statuses: str, uses: bool = True) -> int:
        key = self._some(pick, *statuses, uses=uses)
        assert key is not None
        return key

    def _row(self, key: int) -> Reservation:
        return Reservation.objects.select_related("instrument__institution").get(pk=key)

    def _tried(self, act: Callable[[], Any]) -> Any:
        """The command's answer, None when it was refused with a reason; anything else is a defect."""
        try:
            return act()
        except DomainError:
            return None

    def _remember(self, made: Reservation, number: int, window: TimeWindow, places: list[int], owner: int) -> None:
        command = "hold" if made.status == Status.HELD else "book"
        self.known[made.pk] = Known(number, window, places, made.status, owner, commands=[command])

    # What people do

    @rule(number=WHICH, start=STARTS, length=LENGTHS, places=st.integers(1, 2), who=WHO)
    def book(self, number: int, start: int, length: int, places: int, who: int) -> None:
        window, places = self._window(start, length), places if number == 1 else 1
        expected = self.bookable(number, window, places)
        made = self._tried(
            lambda: book(
                viewer=self.owners[who],
                instrument=self.instruments[number],
                window=window,
                wanted=Wanted(places=places),
            )
        )
        assert (made is None) == (expected is None), (window, expected, made)
        if made is not None and expected is not None:
            assert made.status == (Status.REQUESTED if number == 2 else Status.CONFIRMED)
            self._remember(made, number, window, expected, who)

    @rule(number=WHICH, start=STARTS, length=LENGTHS, who=WHO)
    def hold(self, number: int, start: int, length: int, who: int) -> None:
        window = self._window(start, length)
        expected = self.bookable(number, window, 1)
        holds = [each for each in self.known.values() if each.status == Status.HELD and each.owner == who]
        if len(holds) >= 2:
            expected = None
        made = self._tried(
            lambda: hold_window(
                viewer=self.owners[who], instrument=self.instruments[number], window=window, wanted=Wanted()
            )
        )
        assert (made is None) == (expected is None), (window, expected, made)
        if made is not None and expected is not None:
            self._remember(made, number, window, expected, who)

    @precondition(lambda self: self._some(0, Status.HELD) is not None)
    @rule(pick=ANY, command=st.sampled_from(["confirm", "renew", "let_go"]))
    def go_on_with_hold(self, pick: int, command: str) -> None:
        key = self._found(pick, Status.HELD)
        known, row = self.known[key], self._row(key)
        viewer: Viewer = self.owners[known.owner or 0]
        acts: dict[str, Callable[[], Reservation]] = {
            "confirm": lambda: confirm_hold(viewer=viewer, hold=row, window=known.window, wanted=Wanted()),
            "renew": lambda: renew_hold(viewer=viewer, hold=row),
            "let_go": lambda: let_go(viewer=viewer, hold=row),
        }
        answer = self._tried(acts[command])
        in_time = known.window.starts_at >= clock.now()
        refused = (command == "renew" and known.is_extended) or (command == "confirm" and not in_time)
        assert (answer is None) == refused
        if answer is not None:
            known.status = answer.status
            known.commands.append(command)
            known.is_extended |= command == "renew" and clock.now() > known.made_at

    @precondition(lambda self: self._some(0) is not None)
    @rule(pick=ANY, by_owner=st.booleans())
    def cancel(self, pick: int, by_owner: bool) -> None:
        key = self._found(pick)
        known = self.known[key]
        viewer = self.owners[known.owner or 0] if by_owner else self.manager
        answer = self._tried(lambda: cancel_reservation(viewer=viewer, reservation=self._row(key), reason="Leak"))
        assert (answer is not None) == (known.status in (Status.HELD, Status.REQUESTED, Status.CONFIRMED))
        if answer is not None:
            known.status = Status.CANCELLED
            known.commands.append("cancel")

    @precondition(lambda self: self._some(0, Status.HELD, Status.REQUESTED, Status.CONFIRMED) is not None)
    @rule(pick=ANY, start=STARTS, length=LENGTHS)
    def move(self, pick: int, start: int, length: int) -> None:
        key = self._found(pick, Status.HELD, Status.REQUESTED, Status.CONFIRMED)
        known, window = self.known[key], self._window(start, length)
        expected = self.bookable(known.instrument, window, len(known.places), but=key)
        viewer = self.owners[known.owner or 0]
        answer = self._tried(
            lambda: reschedule_reservation(viewer=viewer, reservation=self._row(key), window=window)
        )
        assert (answer is None) == (expected is None), (known, window, expected)
        if answer is not None and expected is not None:
            known.window, known.places, known.status = window, expected, answer.status
            known.commands.append("reschedule")

    @precondition(lambda self: self._some(0, Status.REQUESTED) is not None)
    @rule(pick=ANY, agree=st.booleans())
    def decide(self, pick: int, agree: bool) -> None:
        key = self._found(pick, Status.REQUESTED)
        row = self._row(key)
        if agree:
            answer = approve_reservation(viewer=self.manager, reservation=row)
        else:
            answer = decline_reservation(viewer=self.manager, reservation=row, reason="No time")
        self.known[key].status = answer.status
        self.known[key].commands.append("approve" if agree else "decline")

    @precondition(lambda self: self._some(0, Status.CONFIRMED) is not None)
    @rule(pick=ANY)
    def come(self, pick: int) -> None:
        """Whoever is next comes five minutes early, unless others keep the clock from it."""
        key = self._found(pick, Status.CONFIRMED)
        known = self.known[key]
        ahead = known.window.starts_at - timedelta(minutes=5) - clock.now()
        if timedelta() < ahead < timedelta(hours=2):
            self._pass(ahead)
        answer = self._tried(lambda: check_in(viewer=self.owners[known.owner or 0], reservation=self._row(key)))
        if answer is not None:
            assert known.window.starts_at - timedelta(minutes=15) <= clock.now() < known.window.ends_at
            known.status = Status.IN_USE
            known.commands.append("check_in")

    @precondition(lambda self: self._some(0, Status.IN_USE) is not None)
    @rule(pick=ANY)
    def leave(self, pick: int) -> None:
        key = self._found(pick, Status.IN_USE)
        known = self.known[key]
        check_out(viewer=self.owners[known.owner or 0], reservation=self._row(key))
        known.status, known.ended_at = Status.COMPLETED, clock.now()
        known.commands.append("check_out")

    @rule(number=WHICH, start=STARTS, length=LENGTHS)
    def close(self, number: int, start: int, length: int) -> None:
        window = self._window(start, length)
        met = any(at.overlaps(window) for _, at in self.taken(number))
        made = self._tried(
            lambda: close_instrument(
                viewer=self.manager, instrument=self.instruments[number], window=window, reason="Leak"
            )
        )
        assert (made is None) == met, (window, made)
        if made is not None:
            places = [1, 2] if number == 1 else [1]
            self.known[made] = Known(number, window, places, Status.CONFIRMED, commands=["close"])

    @precondition(lambda self: self._some(0, Status.CONFIRMED, Status.IN_USE, uses=False) is not None)
    @rule(pick=ANY)
    def reopen(self, pick: int) -> None:
        key = self._found(pick, Status.CONFIRMED, Status.IN_USE, uses=False)
        known = self.known[key]
        answer = self._tried(lambda: reopen_instrument(viewer=self.manager, closure=self._row(key)))
        if answer is not None:
            known.status, known.ended_at = answer.status, clock.now()
            known.commands.append("cancel" if answer.status == Status.CANCELLED else "reopen")

    @rule(minutes=st.sampled_from([1, 5, 12, 30, 45, 90]))
    def wait(self, minutes: int) -> None:
        self._pass(timedelta(minutes=minutes))

    def _pass(self, time: timedelta) -> None:
        """The clock does its work; what it may do is checked, then believed."""
        self.clock.shift(time)
        advance_reservations()
        release_no_shows()
        expire_holds()
        for row in Reservation.objects.filter(pk__in=self.known):
            known = self.known[row.pk]
            assert row.status == known.status or known.status in LIVE, (known, row.status)
            known.status, known.ended_at = row.status, row.used_until
            self._is_not_overdue(row, known)

    def _is_not_overdue(self, row: Reservation, known: Known) -> None:
        now = clock.now()
        if row.status == Status.HELD:
            assert row.hold_expires_at is not None
            assert row.hold_expires_at > now
        if row.status == Status.CONFIRMED and known.instrument == 0 and row.kind == Kind.USE:
            assert now < known.window.starts_at + timedelta(minutes=30)
        elif row.status == Status.CONFIRMED:
            assert now < known.window.starts_at

    # What must hold

    @invariant()
    def claims_are_the_models(self) -> None:
        if not hasattr(self, "known"):
            return
        expected = []
        for number, resource in enumerate(self.resources):
            expected += [(resource, place, at) for place, at in self.taken(number)]
        expected += [(self.chiller, 1, at) for at in self.chilled()]
        stored = Claim.objects.filter(resource__in=[*self.resources, self.chiller])
        found = [(claim.resource_id, claim.place, TimeWindow.of(claim.occupies)) for claim in stored]
        assert sorted(found) == sorted(expected)

    @invariant()
    def gaps_are_the_truth(self) -> None:
        for resource in getattr(self, "resources", ()):
            assert functions.wrong_gaps(resource, clock.now()) == []

    @invariant()
    def revisions_only_grow(self) -> None:
        if not hasattr(self, "revisions"):
            return
        present = self._revisions()
        assert all(present[key] >= before for key, before in self.revisions.items())
        self.revisions = present

    def _revisions(self) -> dict[int, int]:
        return dict(Resource.objects.filter(pk__in=self.resources).values_list("pk", "revision"))

    def _history_is_complete(self, key: int, known: Known) -> None:
        row = self._row(key)
        entries = history_of(row)
        people = [entry.command for entry in entries if entry.actor is not None]
        assert people == known.commands
        assert row.version == len(entries)


EVERYTHING: Final = {
    *("hold", "renew", "let_go", "confirm", "book", "cancel", "reschedule", "approve", "decline"),
    *("check_in", "check_out", "close", "reopen", "expired", "no_show", "completed"),
}


def test_lab__any_commands_of_several_people__model_and_database_agree() -> None:
    run_state_machine_as_test(
        Lab,
        settings=settings(
            max_examples=250 if DEEP else 8,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=not DEEP,
            phases=[Phase.generate] if not DEEP else tuple(Phase),
        ),
    )
    expected = EVERYTHING if DEEP else {"book", "hold", "cancel", "reschedule", "close", "check_in"}
    assert Lab.happened.keys() >= expected, expected - Lab.happened.keys()
