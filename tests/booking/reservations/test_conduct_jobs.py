"""What bookings' courses mean for credit, through events and jobs; trainings that follow their reservation."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from accounts.viewers import Viewer
from booking.conduct.models import CreditEntry
from booking.conduct.selectors import credit_of
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.check_out import check_out
from booking.reservations.commands.extend_reservation import extend_reservation
from booking.reservations.commands.release_no_shows import release_no_shows
from booking.reservations.commands.report_use import report_use
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.commands.settle_conduct import settle_conduct
from booking.reservations.models import Reservation
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import booked, firm_user, open_instrument, operator_of, slot
from tests.factories.conduct import credited
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A day before the Monday of the factories, at eight."""
    with time_machine.travel(slot().starts_at - timedelta(hours=49), tick=False) as traveller:
        yield traveller


@pytest.fixture
def instrument(clock: time_machine.Traveller) -> Instrument:
    return open_instrument(make_institution(), access_modes=["self_operated"])


@pytest.fixture
def person() -> Viewer:
    return firm_user()


def setting(instrument: Instrument, **values: int) -> None:
    for code, value in values.items():
        set_policy_value(viewer=manager_of(instrument.institution), instrument=instrument, code=code, value=value)


def entries(person: Viewer) -> list[tuple[str, int]]:
    run_jobs("reservations.judge")
    return list(
        CreditEntry.objects.filter(person_id=person.person_id).order_by("pk").values_list("reason", "change")
    )


def used(instrument: Instrument, person: Viewer, clock: time_machine.Traveller, window: TimeWindow) -> Reservation:
    """A booking that the clock begins and ends."""
    return ended(booked(instrument, person, window), clock)


def ended(made: Reservation, clock: time_machine.Traveller) -> Reservation:
    clock.move_to(made.during.upper)
    advance_reservations()
    made.refresh_from_db()
    assert made.status == "completed"
    return made


def test_no_show__released_by_the_clock__costs_once(
    instrument: Instrument, person: Viewer, clock: time_machine.Traveller
) -> None:
    setting(instrument, credit_no_show=30)
    booked(instrument, person)
    clock.move_to(slot().starts_at + timedelta(minutes=31))
    release_no_shows()
    assert entries(person) == [("no_show", -30)]
    assert credit_of(person.person_id) == 70


@pytest.mark.parametrize(
    ("hours_before", "change"), [(25, []), (24, []), (23, [("late_cancel", -10)]), (1, [("late_cancel", -10)])]
)
def test_cancel__by_the_person__late_within_the_deadline(
    instrument: Instrument,
    person: Viewer,
    clock: time_machine.Traveller,
    hours_before: int,
    change: list[tuple[str, int]],
) -> None:
    made = booked(instrument, person)
    clock.move_to(slot().starts_at - timedelta(hours=hours_before))
    cancel_reservation(viewer=person, reservation=made)
    assert entries(person) == change


def test_cancel__by_staff_or_just_booked__costs_nothing(
    instrument: Instrument, person: Viewer, clock: time_machine.Traveller
) -> None:
    made = booked(instrument, person)
    clock.move_to(slot().starts_at - timedelta(hours=2))
    cancel_reservation(viewer=operator_of(instrument.institution), reservation=made, reason="Lamp broke")
    again = booked(instrument, person)
    clock.shift(timedelta(minutes=5))
    cancel_reservation(viewer=person, reservation=again)
    assert entries(person) == []


@pytest.mark.parametrize(("start", "change"), [("11:00", [("late_cancel", -10)]), ("09:30", []), ("10:00", [])])
def test_move__late__costs_when_it_is_to_later(
    instrument: Instrument,
    person: Viewer,
    clock: time_machine.Traveller,
    start: str,
    change: list[tuple[str, int]],
) -> None:
    made = booked(instrument, person, slot("10:00"))
    clock.move_to(slot().starts_at - timedelta(hours=3))
    reschedule_reservation(viewer=person, reservation=made, window=slot(start))
    assert entries(person) == change


def test_move__late_to_a_shorter_time__costs_no_points_until_it_is_cancelled(
    instrument: Instrument, person: Viewer, clock: time_machine.Traveller
) -> None:
    made = booked(instrument, person, slot("10:00"))
    clock.move_to(slot().starts_at - timedelta(hours=3))
    made = reschedule_reservation(viewer=person, reservation=made, window=slot("10:00", 1))
    assert (made.late_during is not None, entries(person)) == (True, [])
    cancel_reservation(viewer=person, reservation=made)
    assert entries(person) == [("late_cancel", -10)]


def overran(instrument: Instrument, person: Viewer, clock: time_machine.Traveller) -> Reservation:
    """A use that was noticed, twice, to go on past its end."""
    made = booked(instrument, person)
    clock.move_to(slot().starts_at)
    check_in(viewer=person, reservation=made)
    for minutes in (15, 20):
        clock.move_to(slot().ends_at + timedelta(minutes=minutes))
        advance_reservations()
    return made


def test_overrun__checked_out_after_it__costs_once(
    instrument: Instrument, person: Viewer, clock: time_machine.Traveller
) -> None:
    made = overran(instrument, person, clock)
    assert entries(person) == []
    check_out(viewer=person, reservation=made)
    assert entries(person) == [("overrun", -10)]


def test_overrun__ended_by_the_clock__costs_once(
    instrument: Instrument, person: Viewer, clock: time_machine.Traveller
) -> None:
    overran(instrument, person, clock)
    clock.shift(timedelta(days=1))
    assert (advance_reservations(), advance_reservations()) == (1, 0)
    assert entries(person) == [("overrun", -10)]


def test_overrun__extended_then_checked_out__costs_nothing(
    instrument: Instrument, person: Viewer, clock: time_machine.Traveller
) -> None:
    made = overran(instrument, person, clock)
    extend_reservation(viewer=person, reservation=made, ends_at=slot("12:00").starts_at)
    check_out(viewer=person, reservation=made)
    assert entries(person) == []


def test_points__set_to_zero__nothing_is_written(
    instrument: Instrument, person: Viewer, clock: time_machine.Traveller
) -> None:
    setting(instrument, credit_late_cancel=0)
    made = booked(instrument, person)
    clock.move_to(slot().starts_at - timedelta(hours=1))
    cancel_reservation(viewer=person, reservation=made)
    assert entries(person) == []


def test_settle__clean_use_of_somebody_with_less__a_day_later_and_once(
    instrument: Instrument, person: Viewer, clock: time_machine.Traveller
) -> None:
    setting(instrument, check_in_required=0)
    credited(person, [-20], first=10**9)
    window = slot()
    for viewer, at in ((person, window), (firm_user(), slot("13:00"))):
        used(instrument, viewer, clock, at)
    assert settle_conduct() == 0
    clock.shift(timedelta(hours=25))
    assert [settle_conduct(), settle_conduct()] == [1, 0]
    assert entries(person) == [("no_show", -20), ("clean_use", 1)]


def test_settle__report_overdue__costs_once_and_is_no_clean_use(
    instrument: Instrument, person: Viewer, clock: time_machine.Traveller
) -> None:
    setting(instrument, check_in_required=0, no_open_feedback=1, report_within=3)
    both = [booked(instrument, person, window) for window in (slot(), slot("13:00"))]
    silent, spoken = [ended(made, clock) for made in both]
    report_use(viewer=person, reservation=spoken, text="Fine")
    clock.move_to(silent.during.upper + timedelta(days=3, hours=-1))
    settle_conduct()
    assert entries(person) == []
    clock.shift(timedelta(hours=5))
    settle_conduct()
    settle_conduct()
    assert entries(person) == [("missing_report", -5), ("clean_use", 1)]


def test_settle__reports_asked_for_since_yesterday__older_uses_cost_nothing(
    instrument: Instrument, person: Viewer, clock: time_machine.Traveller
) -> None:
    setting(instrument, check_in_required=0)
    Reservation.objects.filter(pk=used(instrument, person, clock, slot()).pk).update(
        during=("2026-01-05T01:00Z", "2026-01-05T03:00Z"), used_until="2026-01-05T03:00Z"
    )
    clock.move_to("2026-01-25T00:00Z")
    setting(instrument, no_open_feedback=1)
    assert settle_conduct() == 0
