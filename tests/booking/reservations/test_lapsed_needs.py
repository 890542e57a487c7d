"""Lapsed holds keep no operator and no shared resource from whoever comes next."""

import pytest
import time_machine

from accounts.models import Institution
from booking.calendars.functions import wrong_gaps
from booking.calendars.models import Claim, Resource
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.expire_holds import expire_holds
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.errors import SlotTaken
from booking.reservations.events import ReservationExpired
from booking.reservations.models import Reservation
from booking.reservations.selectors.history import history_of
from core import clock
from core.events import Event
from instruments.catalogue.models import Instrument
from tests.booking.reservations.sharing import needing
from tests.factories.accounts import manager_of
from tests.factories.booking import booked, firm_user, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def held(instrument: Instrument) -> Reservation:
    made = hold_window(viewer=firm_user(), instrument=instrument, window=slot(), wanted=Wanted())
    return Reservation.objects.select_related("instrument__institution").get(pk=made.pk)


def lapsed(hold: Reservation) -> time_machine.travel:
    assert hold.hold_expires_at is not None
    return time_machine.travel(hold.hold_expires_at, tick=False)


def test_absence__hold_has_lapsed__accepted_and_the_hold_expired_once(
    lab: Institution, ann: Resource, published: list[Event]
) -> None:
    hold, manager = held(needing(lab, [ann])), manager_of(lab)
    with pytest.raises(SlotTaken):
        add_absence(viewer=manager, resource=ann, window=slot())
    published.clear()
    with lapsed(hold):
        absence = add_absence(viewer=manager, resource=ann, window=slot(), reason="Leave")
        assert expire_holds() == 0
    hold.refresh_from_db()
    (_, expired) = history_of(hold)
    assert (hold.status, hold.version, expired.command, expired.actor) == ("expired", 2, "expire", None)
    assert [event.reservation_id for event in published if isinstance(event, ReservationExpired)] == [hold.pk]
    claim = Claim.objects.get()
    assert (claim.absence_id, claim.reservation_id) == (absence.pk, None)


def test_absence__refused_by_a_booking__lapsed_hold_beside_it_stays_for_the_sweep(
    lab: Institution, ann: Resource
) -> None:
    instrument = needing(lab, [ann])
    booked(instrument, window=slot("12:00"))
    hold = held(instrument)
    with lapsed(hold):
        with pytest.raises(SlotTaken) as refused:
            add_absence(viewer=manager_of(lab), resource=ann, window=slot("09:00", 8))
        assert len(refused.value.extra["affected"]) == 1
        assert expire_holds() == 1


def test_book__operator_is_held_on_another_instrument_no_more__expires_that_hold(
    lab: Institution, ann: Resource
) -> None:
    first, second = needing(lab, [ann]), needing(lab, [ann])
    hold = held(first)
    with pytest.raises(SlotTaken):
        booked(second)
    with lapsed(hold):
        booked(second)
    hold.refresh_from_db()
    assert hold.status == "expired"
    own = Resource.objects.filter(instrument__in=[first, second])
    assert [wrong_gaps(each.pk, clock.now()) for each in own] == [[], []]
