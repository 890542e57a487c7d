"""Check-in against what else may happen at the same moment: exactly one outcome, and the gaps are right."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.models import Resource
from booking.reservations.commands.book import book
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.check_out import check_out
from booking.reservations.commands.extend_reservation import extend_reservation
from booking.reservations.commands.keep_heartbeat import keep_heartbeat
from booking.reservations.commands.mark_no_show import mark_no_show
from booking.reservations.commands.release_no_shows import release_no_shows
from booking.reservations.models import Heartbeat, Outage, Reservation
from core import clock
from instruments.catalogue.models import Instrument
from tests.conftest import DEEP
from tests.factories.booking import booked, claims_of, firm_user, open_instrument, operator_of, slot
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 10 if DEEP else 3


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(slot("08:00").starts_at, tick=False) as traveller:
        yield traveller


@pytest.fixture
def owner(traveller: time_machine.Traveller) -> Viewer:
    return firm_user()


@pytest.fixture
def instrument(traveller: time_machine.Traveller) -> Instrument:
    return open_instrument(access_modes=["self_operated"])


def gaps_are_right(instrument: Instrument) -> bool:
    return functions.wrong_gaps(Resource.objects.get(instrument=instrument).pk, slot("00:00").starts_at) == []


def names(answers: list[Any]) -> list[str]:
    return [type(answer).__name__ for answer in answers]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_check_in__against_cancelling__one_of_them(
    instrument: Instrument, owner: Viewer, traveller: time_machine.Traveller, round_: int
) -> None:
    reservation = booked(instrument, owner)
    traveller.move_to(slot().starts_at)
    answers = at_once(
        [
            lambda: check_in(viewer=owner, reservation=reservation),
            lambda: cancel_reservation(viewer=owner, reservation=reservation),
        ]
    )
    status = Reservation.objects.get().status
    assert (names(answers), status) in [
        (["Reservation", "ReservationRunning"], "in_use"),
        (["ReservationEnded", "Reservation"], "cancelled"),
    ]
    assert (claims_of(instrument) == []) == (status == "cancelled")
    assert gaps_are_right(instrument)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_check_in__against_the_no_show__one_of_them(
    instrument: Instrument, owner: Viewer, traveller: time_machine.Traveller, round_: int
) -> None:
    """By staff, whose moment is not the clock's; both would be right."""
    reservation, operator = booked(instrument, owner), operator_of(instrument.institution)
    traveller.move_to(slot().starts_at + timedelta(minutes=10))
    answers = at_once(
        [
            lambda: check_in(viewer=owner, reservation=reservation),
            lambda: mark_no_show(viewer=operator, reservation=reservation, reason="x"),
        ]
    )
    status = Reservation.objects.get().status
    assert (names(answers), status) in [
        (["Reservation", "CheckedInAlready"], "in_use"),
        (["ReservationEnded", "Reservation"], "no_show"),
    ]
    assert gaps_are_right(instrument)


def test_no_shows__released_at_once_by_many_runs__each_once(
    instrument: Instrument, owner: Viewer, traveller: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    traveller.move_to(slot().starts_at + timedelta(minutes=30))
    answers = at_once([release_no_shows] * 4 + [lambda: check_in(viewer=owner, reservation=reservation)])
    assert sum(answers[:4]) == 1
    assert names(answers[4:])[0] in ("CheckInOver", "ReservationEnded")
    assert (Reservation.objects.get().version, claims_of(instrument)) == (2, [])
    assert gaps_are_right(instrument)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_extend__against_a_booking_of_the_same_time__one_of_them(
    instrument: Instrument, owner: Viewer, traveller: time_machine.Traveller, round_: int
) -> None:
    reservation, other = booked(instrument, owner), firm_user()
    traveller.move_to(slot().starts_at)
    check_in(viewer=owner, reservation=reservation)
    answers = at_once(
        [
            lambda: extend_reservation(viewer=owner, reservation=reservation, ends_at=slot("12:00").starts_at),
            lambda: book(viewer=other, instrument=instrument, window=slot("11:00", 1)),
        ]
    )
    assert sorted(names(answers)) == ["Reservation", "SlotTaken"]
    assert gaps_are_right(instrument)


def test_check_out__twice_at_once__the_second_is_told(
    instrument: Instrument, owner: Viewer, traveller: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    traveller.move_to(slot().starts_at)
    check_in(viewer=owner, reservation=reservation)
    answers = at_once([lambda: check_out(viewer=owner, reservation=reservation)] * 4)
    assert sorted(names(answers)) == ["Reservation", *["ReservationEnded"] * 3]


@pytest.mark.usefixtures("traveller")
def test_heartbeat__many_runs_after_a_gap__one_outage() -> None:
    Heartbeat.objects.create(pk=1, beat_at=clock.now() - timedelta(hours=1))
    at_once([keep_heartbeat] * 4)
    assert Outage.objects.count() == 1
