"""The clock starts and completes what nobody checks in to."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine

from booking.calendars.commands.extend_calendars import extend_calendars
from booking.calendars.events import CalendarChanged
from booking.reservations import tasks
from booking.reservations.commands.advance_reservations import BATCH, advance_reservations
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.events import ReservationAdvanced
from booking.reservations.models import Reservation
from booking.reservations.selectors.history import history_of
from booking.reservations.tasks import advance_reservations as task
from core.events import Event
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, claims_of, make_bookable, revision_of, slot

pytestmark = pytest.mark.django_db


def state(reservation: Reservation) -> tuple[object, ...]:
    reservation.refresh_from_db()
    used = (reservation.used_from, reservation.used_until)
    return reservation.status, used, reservation.use_is_assumed, reservation.version


def test_advance__before_start_during_and_after__one_step_each(clock: time_machine.Traveller) -> None:
    reservation, window = booked(make_bookable()), slot()
    assert advance_reservations() == 0
    clock.move_to(window.starts_at)
    assert (advance_reservations(), advance_reservations()) == (1, 0)
    assert state(reservation) == ("in_use", (window.starts_at, None), True, 2)
    clock.move_to(window.ends_at)
    assert (advance_reservations(), advance_reservations()) == (1, 0)
    assert state(reservation) == ("completed", (window.starts_at, window.ends_at), True, 3)
    assert [entry.command for entry in history_of(reservation)] == ["book", "start", "complete"]
    assert history_of(reservation)[-1].actor is None


def test_advance__late__straight_to_completed_and_the_claim_stays(clock: time_machine.Traveller) -> None:
    instrument = make_bookable()
    reservation = booked(instrument)
    clock.shift(timedelta(hours=20))
    task(timestamp=0)
    assert state(reservation)[0] == "completed"
    assert claims_of(instrument) == [(1, slot())]


def test_advance__events__carry_the_revision_so_that_screens_refetch(
    clock: time_machine.Traveller, published: list[Event]
) -> None:
    instrument = make_bookable()
    reservation, window = booked(instrument), slot()
    revision = revision_of(instrument)
    published.clear()
    clock.move_to(window.starts_at)
    advance_reservations()
    assert published == [
        ReservationAdvanced(reservation.pk, instrument.pk, window.starts_at, window.ends_at),
        CalendarChanged(instrument.pk, revision, window.starts_at, window.ends_at),
    ]


def test_advance__closure__ends_but_is_never_used(clock: time_machine.Traveller) -> None:
    instrument = make_bookable()
    manager = manager_of(instrument.institution)
    key = close_instrument(viewer=manager, instrument=instrument, window=slot(), reason="Leak")
    clock.shift(timedelta(hours=20))
    advance_reservations()
    assert state(Reservation.objects.get(pk=key)) == ("completed", (None, None), False, 2)


def test_advance__cancelled__left_alone(clock: time_machine.Traveller) -> None:
    instrument = make_bookable()
    reservation = booked(instrument)
    cancel_reservation(viewer=manager_of(instrument.institution), reservation=reservation, reason="x")
    clock.shift(timedelta(hours=20))
    assert advance_reservations() == 0
    assert state(reservation)[0] == "cancelled"


def test_advance__more_than_a_batch__all_of_them(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BATCH >= 100
    monkeypatch.setattr("booking.reservations.commands.advance_reservations.BATCH", 2)
    instrument = make_bookable()
    for hour in range(9, 14):
        booked(instrument, window=slot(f"{hour:02}:00", 1))
    clock.shift(timedelta(hours=20))
    assert advance_reservations() == 5


def test_claims__36_hours_after_the_end__forgotten_without_a_new_revision(clock: time_machine.Traveller) -> None:
    instrument = make_bookable()
    booked(instrument)
    revision = revision_of(instrument)
    clock.move_to(slot().ends_at + timedelta(hours=35))
    advance_reservations()
    extend_calendars()
    assert len(claims_of(instrument)) == 1
    clock.shift(timedelta(hours=2))
    extend_calendars()
    assert claims_of(instrument) == []
    assert revision_of(instrument) == revision


def test_claims__nobody_advanced_it__never_forgotten(clock: time_machine.Traveller) -> None:
    instrument = make_bookable()
    booked(instrument)
    clock.shift(timedelta(days=10))
    extend_calendars()
    assert len(claims_of(instrument)) == 1


@pytest.mark.django_db(transaction=True)
def test_advance__new_revision__so_that_screens_cut_off_catch_up(clock: time_machine.Traveller) -> None:
    instrument = make_bookable()
    booked(instrument)
    before = revision_of(instrument)
    clock.move_to(slot().starts_at)
    advance_reservations()
    assert revision_of(instrument) == before + 1


def test_job__one_step_fails__the_others_are_done_and_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def fail() -> None:
        raise ValueError

    monkeypatch.setattr(tasks, "keep_heartbeat", fail)
    monkeypatch.setattr(tasks, "release_no_shows", fail)
    for name in ("advance", "expire_holds", "waive_retaken_fees"):
        monkeypatch.setattr(tasks, name, partial(done.append, name))
    with pytest.raises(ExceptionGroup) as raised:
        tasks.advance_reservations(timestamp=0)
    assert (done, len(raised.value.exceptions)) == (["advance", "expire_holds", "waive_retaken_fees"], 2)
