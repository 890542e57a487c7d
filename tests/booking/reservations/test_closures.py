"""Closures, capacity, turnaround: what staff do to a calendar, and what it never does to bookings."""

from typing import Any

import pytest

from booking.calendars.commands.inherit_opening_hours import inherit_opening_hours
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.commands.set_turnaround import InvalidTurnaround, set_turnaround
from booking.calendars.errors import CapacityClaimed, SlotTaken
from booking.calendars.events import CalendarChanged
from booking.calendars.selectors import opening_hours
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.set_capacity import InvalidCapacity, set_capacity
from booking.reservations.errors import RuleViolations
from booking.reservations.events import InstrumentClosed
from booking.reservations.models import Kind, Reservation
from booking.reservations.selectors.closures import affected_reservations, coming_closures
from booking.reservations.selectors.history import history_of
from core.errors import Forbidden
from core.events import Event
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import (
    band,
    booked,
    claims_of,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    revision_of,
    slot,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def instrument() -> Instrument:
    return open_instrument(places=2, turnaround=30)


def close(instrument: Instrument, window: Any = None, viewer: Any = None, **more: Any) -> Reservation:
    staff = viewer or manager_of(instrument.institution)
    values: dict[str, Any] = {"reason": "Leak", "window": window or slot()} | more
    return Reservation.objects.get(pk=close_instrument(viewer=staff, instrument=instrument, **values))


def test_close__free_time__every_place_without_turnaround_and_events(
    instrument: Instrument, published: list[Event]
) -> None:
    published.clear()
    closure = close(instrument, kind=Kind.MAINTENANCE)
    window, around = slot(), slot("08:30", 3)
    assert (closure.kind, closure.user_id, closure.purpose) == ("maintenance", None, "Leak")
    assert (closure.total_fen, closure.places, closure.turnaround_minutes) == (0, 2, 0)
    assert claims_of(instrument) == [(1, window), (2, window)]
    assert history_of(closure)[0].command == "close"
    assert published == [
        InstrumentClosed(closure.pk, instrument.pk, window.starts_at, window.ends_at),
        CalendarChanged(instrument.pk, revision_of(instrument), around.starts_at, around.ends_at),
    ]


def test_close__outside_opening_hours_or_draft__fine() -> None:
    assert close(open_instrument(status="draft"), slot("22:00", 20)).status == "confirmed"


def test_close__over_a_booking__refused_and_the_booking_named(instrument: Instrument) -> None:
    reservation = booked(instrument)
    with pytest.raises(SlotTaken) as refusal:
        close(instrument)
    assert [broken.code for broken in refusal.value.extra["violations"]] == ["place_free"]
    assert list(affected_reservations(instrument, slot())) == [reservation]
    assert Reservation.objects.count() == 1


def test_close__in_the_turnaround_of_a_booking__refused(instrument: Instrument) -> None:
    booked(instrument, window=slot("09:00", 1))
    with pytest.raises(SlotTaken):
        close(instrument, slot("10:00", 1))
    close(instrument, slot("10:30", 1))


def test_close__right_before_a_booking__fine(instrument: Instrument) -> None:
    booked(instrument, window=slot("11:00", 1))
    assert close(instrument, slot("10:00", 1)).status == "confirmed"


def test_close__longer_than_400_days__window_valid(instrument: Instrument) -> None:
    with pytest.raises(RuleViolations):
        close(instrument, slot(hours=24 * 401))


def test_close__by_an_operator__may_and_a_customer_may_not(instrument: Instrument) -> None:
    close(instrument, viewer=operator_of(instrument.institution))
    for viewer in (firm_user(), manager_of(make_bookable().institution)):
        with pytest.raises(Forbidden):
            close(instrument, slot("14:00"), viewer)


def test_closure__cancelled__time_is_free_again(instrument: Instrument) -> None:
    closure = close(instrument)
    assert list(coming_closures(instrument)) == [closure]
    cancel_reservation(viewer=manager_of(instrument.institution), reservation=closure, reason="Mended")
    assert (claims_of(instrument), list(coming_closures(instrument))) == ([], [])
    booked(instrument, places=2)


def test_set_opening_hours__bookings_now_outside__stay_as_they_are(instrument: Instrument) -> None:
    reservation = booked(instrument)
    set_opening_hours(viewer=manager_of(instrument.institution), instrument=instrument, bands=[])
    assert claims_of(instrument) == [(1, slot("09:00", 2.5))]
    assert Reservation.objects.get().version == reservation.version


def test_set_opening_hours__shared_profile__forked_and_given_back(published: list[Event]) -> None:
    instrument, other = make_bookable(), make_bookable()
    manager = manager_of(instrument.institution)
    before = opening_hours(instrument.pk)
    own = set_opening_hours(viewer=manager, instrument=instrument, bands=[band("10:00", "12:00")])
    now = opening_hours(instrument.pk)
    assert now
    assert (now.profile, now.is_own, now.bands) == (own, True, [band("10:00", "12:00")])
    assert opening_hours(other.pk) == before
    inherit_opening_hours(viewer=manager, instrument=instrument)
    assert opening_hours(instrument.pk) == before
    assert [type(event).__name__ for event in published[-2:]] == ["CalendarChanged"] * 2


def test_set_opening_hours__not_a_manager__forbidden(instrument: Instrument) -> None:
    for viewer in (operator_of(instrument.institution), firm_user()):
        with pytest.raises(Forbidden):
            set_opening_hours(viewer=viewer, instrument=instrument, bands=[])
        with pytest.raises(Forbidden):
            inherit_opening_hours(viewer=viewer, instrument=instrument)
        with pytest.raises(Forbidden):
            set_capacity(viewer=viewer, instrument=instrument, places=3)
        with pytest.raises(Forbidden):
            set_turnaround(viewer=viewer, instrument=instrument, minutes=3)


def test_set_capacity__more_and_fewer__closures_follow(instrument: Instrument) -> None:
    manager = manager_of(instrument.institution)
    close(instrument)
    for places in (4, 1):
        set_capacity(viewer=manager, instrument=instrument, places=places)
        assert claims_of(instrument) == [(place, slot()) for place in range(1, places + 1)]
        assert Reservation.objects.get().places == places


def test_set_capacity__claimed_place_would_go__refused_with_the_list(instrument: Instrument) -> None:
    manager = manager_of(instrument.institution)
    booked(instrument)
    second = booked(instrument)
    with pytest.raises(CapacityClaimed) as refusal:
        set_capacity(viewer=manager, instrument=instrument, places=1)
    assert refusal.value.extra == {"reservations": [second.pk]}
    cancel_reservation(viewer=manager, reservation=second, reason="test")
    assert set_capacity(viewer=manager, instrument=instrument, places=1).capacity == 1


@pytest.mark.parametrize("places", [0, -1, 201])
def test_set_capacity__impossible__refused(instrument: Instrument, places: int) -> None:
    with pytest.raises(InvalidCapacity):
        set_capacity(viewer=manager_of(instrument.institution), instrument=instrument, places=places)


@pytest.mark.parametrize("minutes", [-1, 1441])
def test_set_turnaround__impossible__refused(instrument: Instrument, minutes: int) -> None:
    with pytest.raises(InvalidTurnaround):
        set_turnaround(viewer=manager_of(instrument.institution), instrument=instrument, minutes=minutes)


def test_set_turnaround__longer__new_bookings_only(instrument: Instrument, published: list[Event]) -> None:
    manager = manager_of(instrument.institution)
    booked(instrument, window=slot("09:00", 1))
    published.clear()
    for minutes in (60, 60):
        set_turnaround(viewer=manager, instrument=instrument, minutes=minutes)
    booked(instrument, window=slot("14:00", 1))
    assert claims_of(instrument) == [(1, slot("09:00", 1.5)), (1, slot("14:00", 2))]
    assert [type(event).__name__ for event in published] == [
        "CalendarChanged",
        "ReservationBooked",
        "CalendarChanged",
    ]
