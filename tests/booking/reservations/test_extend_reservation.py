"""Moving the end of a running use."""

from typing import Any

import pytest
import time_machine

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.set_needs import set_needs
from booking.calendars.models import Resource
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.check_in import check_in
from booking.reservations.commands.extend_reservation import extend_reservation
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.errors import EndInPast, ReservationNotBegun, RuleViolations, SlotTaken
from booking.reservations.events import ReservationEndMoved
from booking.reservations.models import Overrun, Reservation
from core.events import Event
from core.windows import InvalidWindow, TimeWindow
from instruments.catalogue.models import Instrument
from tests.booking.reservations.sharing import shared, taken
from tests.factories.accounts import manager_of
from tests.factories.booking import (
    PRICES,
    Api,
    booked,
    claims_of,
    make_bookable,
    open_instrument,
    problem,
    slot,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def instrument(clock: time_machine.Traveller) -> Instrument:
    return make_bookable()


def running(instrument: Instrument, owner: Viewer, clock: time_machine.Traveller) -> Reservation:
    """Booked from nine to eleven; it is ten."""
    reservation = booked(instrument, owner)
    clock.move_to(slot().starts_at)
    check_in(viewer=owner, reservation=reservation)
    clock.move_to(slot("10:00").starts_at)
    return reservation


def extend(viewer: Viewer, reservation: Reservation, end: str) -> Reservation:
    return extend_reservation(viewer=viewer, reservation=reservation, ends_at=slot(end).starts_at)


def gaps_are_right(instrument: Instrument) -> bool:
    return functions.wrong_gaps(Resource.objects.get(instrument=instrument).pk, slot("00:00").starts_at) == []


def test_extend__into_free_time__agreed_priced_and_claimed_anew(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller, published: list[Event]
) -> None:
    reservation = running(instrument, owner, clock)
    made = extend(owner, reservation, "12:00")
    window = slot("09:00", 3)
    assert (TimeWindow.of(made.during), claims_of(instrument)) == (window, [(1, window)])
    assert made.total_fen == 3 * PRICES[Tier.ENTERPRISE]
    assert gaps_are_right(instrument)
    assert ReservationEndMoved(made.pk, instrument.pk, window.starts_at, window.ends_at) in published
    clock.move_to(slot("11:30").starts_at)
    assert advance_reservations() == 0


def test_extend__into_a_booking__refused_and_nothing_changes(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    booked(instrument, window=slot("11:30", 1))
    reservation = running(instrument, owner, clock)
    with pytest.raises(SlotTaken):
        extend(owner, reservation, "12:00")
    assert (1, slot()) in claims_of(instrument)
    assert extend(owner, reservation, "11:30").version == 3


def test_extend__rules_broken__told_but_those_about_the_start(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    manager = manager_of(instrument.institution)
    reservation = running(instrument, owner, clock)
    for code, value in {"max_duration": 150, "lead_time": 600}.items():
        set_policy_value(viewer=manager, instrument=instrument, code=code, value=value)
    with pytest.raises(RuleViolations) as refused:
        extend(owner, reservation, "17:30")
    assert [each.code for each in refused.value.extra["violations"]] == ["max_duration", "within_opening_hours"]
    assert extend(owner, reservation, "11:30").version == 3


def test_extend__another_place_is_free__not_its_own(owner: Viewer, clock: time_machine.Traveller) -> None:
    instrument = open_instrument(places=2)
    reservation = running(instrument, owner, clock)
    booked(instrument, window=slot("11:00", 1))
    assert claims_of(instrument)[1] == (1, slot("11:00", 1))
    with pytest.raises(SlotTaken):
        extend(owner, reservation, "11:30")


def test_extend__earlier__the_rest_is_free_and_the_clock_ends_it(
    owner: Viewer, clock: time_machine.Traveller
) -> None:
    instrument = open_instrument(turnaround=15)
    reservation = running(instrument, owner, clock)
    made = extend(owner, reservation, "10:15")
    assert (TimeWindow.of(made.during), made.used_until) == (slot(), slot("10:15").starts_at)
    assert claims_of(instrument) == [(1, slot("09:00", 1.5))]
    assert gaps_are_right(instrument)
    booked(instrument, window=slot("10:30", 0.5))
    clock.move_to(slot("10:15").starts_at)
    advance_reservations()
    reservation.refresh_from_db()
    assert (reservation.status, reservation.used_until) == ("completed", slot("10:15").starts_at)


def test_extend__earlier_and_back_again__as_agreed_first(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = running(instrument, owner, clock)
    extend(owner, reservation, "10:15")
    made = extend(owner, reservation, "11:00")
    assert (TimeWindow.of(made.during), made.used_until) == (slot(), None)
    assert claims_of(instrument) == [(1, slot())]


def test_extend__overrunning__is_a_way_out_and_can_be_told_again(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = running(instrument, owner, clock)
    clock.move_to(slot("11:05").starts_at)
    assert advance_reservations() == 1
    extend(owner, reservation, "11:30")
    assert not Overrun.objects.exists()
    clock.move_to(slot("11:35").starts_at)
    assert advance_reservations() == 1


def test_extend__into_the_past__refused(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = running(instrument, owner, clock)
    with pytest.raises(EndInPast):
        extend(owner, reservation, "09:59")
    assert extend(owner, reservation, "10:00").used_until == slot("10:00").starts_at


def test_extend__not_begun__refused(instrument: Instrument, owner: Viewer) -> None:
    with pytest.raises(ReservationNotBegun):
        extend(owner, booked(instrument, owner), "12:00")


def test_api__patch_of_a_running_one__same_start_only(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation, api = running(instrument, owner, clock), Api(owner)
    path = f"reservations/{reservation.pk}"

    def patch(start: str, end: str) -> Any:
        times = {"start": slot(start).starts_at.isoformat(), "end": slot(end).starts_at.isoformat()}
        return api.patch(path, times)

    problem(patch("09:30", "12:00"), 409, "reservation_running")
    problem(patch("09:00", "09:30"), 422, "end_in_past")
    longer = patch("09:00", "12:00").json()
    assert (longer["end"], longer["status"]) == ("2035-03-05T12:00:00+08:00", "in_use")
    shorter = patch("09:00", "10:30").json()
    assert (shorter["end"], shorter["used_until"]) == ("2035-03-05T12:00:00+08:00", "2035-03-05T10:30:00+08:00")
    booked(instrument, window=slot("10:30", 1))


def test_extend__checked_in_early__does_not_end_before_its_start(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller
) -> None:
    reservation = booked(instrument, owner)
    clock.move_to(slot("08:50").starts_at)
    check_in(viewer=owner, reservation=reservation)
    with pytest.raises(InvalidWindow):
        extend(owner, reservation, "08:55")


@pytest.mark.parametrize("is_taken", [False, True])
def test_extend__needs_more_than_when_it_was_booked__takes_it_or_is_refused(
    instrument: Instrument, owner: Viewer, clock: time_machine.Traveller, is_taken: bool
) -> None:
    reservation, chiller = running(instrument, owner, clock), shared(instrument.institution)
    manager = manager_of(instrument.institution)
    set_needs(viewer=manager, instrument=instrument, slots=[[chiller.pk]])
    if is_taken:
        add_absence(viewer=manager, resource=chiller, window=slot("11:00", 1))
        with pytest.raises(SlotTaken):
            extend(owner, reservation, "12:00")
    else:
        extend(owner, reservation, "12:00")
        assert taken(chiller) == [slot("09:00", 3)]
    assert gaps_are_right(instrument)
