"""Closures that are lifted: before they begin, while they run, after they are over."""

from datetime import datetime, timedelta

import pytest
import time_machine

from accounts.models import Tier
from booking.calendars import functions
from booking.calendars.models import Resource
from booking.calendars.selectors import gaps_of
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.reopen_instrument import reopen_instrument
from booking.reservations.errors import ReservationEnded
from booking.reservations.models import Reservation, Status
from core.errors import NotFound
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, claims_of, make_bookable, slot

pytestmark = pytest.mark.django_db


def closed(instrument: Instrument) -> Reservation:
    """Closed 09:00–13:00."""
    manager = manager_of(instrument.institution)
    key = close_instrument(viewer=manager, instrument=instrument, window=slot("09:00", 4), reason="Leak")
    return Reservation.objects.get(pk=key)


def test_reopen__not_begun__is_cancelled_and_free(monday_morning: datetime) -> None:
    instrument = make_bookable()
    closure = closed(instrument)
    reopened = reopen_instrument(viewer=manager_of(instrument.institution), closure=closure)
    assert reopened.status == Status.CANCELLED
    assert claims_of(instrument) == []
    assert booked(instrument, window=slot("10:00")).status == Status.CONFIRMED


def test_reopen__running__ends_now_and_the_rest_is_free(monday_morning: datetime) -> None:
    instrument = make_bookable()
    closure = closed(instrument)
    ten = slot("10:00").starts_at
    with time_machine.travel(ten, tick=False):
        advance_reservations()
        reopened = reopen_instrument(viewer=manager_of(instrument.institution), closure=closure)
        gaps = gaps_of(instrument.pk, Tier.ENTERPRISE, slot("10:00", 3))
    assert reopened.status == Status.COMPLETED
    assert (TimeWindow.of(reopened.during), reopened.used_until) == (slot("09:00", 4), ten)
    assert claims_of(instrument) == [(1, slot("09:00", 1))]
    assert [gap.ends_at for gap in gaps] == [slot("17:00").starts_at]
    resource = Resource.objects.get(instrument=instrument)
    assert functions.wrong_gaps(resource.pk, ten) == []


def test_reopen__over__is_refused(monday_morning: datetime) -> None:
    instrument = make_bookable()
    closure = closed(instrument)
    with time_machine.travel(slot("09:00", 4).ends_at + timedelta(minutes=1), tick=False):
        advance_reservations()
        with pytest.raises(ReservationEnded):
            reopen_instrument(viewer=manager_of(instrument.institution), closure=closure)


def test_reopen__a_booking__is_not_found(monday_morning: datetime) -> None:
    instrument = make_bookable()
    with pytest.raises(NotFound):
        reopen_instrument(viewer=manager_of(instrument.institution), closure=booked(instrument))


def test_reopen__begun_before_the_clock_came_by__ends_now(monday_morning: datetime) -> None:
    instrument = make_bookable()
    closure = closed(instrument)
    ten = slot("10:00").starts_at
    with time_machine.travel(ten, tick=False):
        reopened = reopen_instrument(viewer=manager_of(instrument.institution), closure=closure)
    assert (reopened.status, reopened.used_until) == (Status.COMPLETED, ten)
    assert claims_of(instrument) == [(1, slot("09:00", 1))]
