"""Waiting for an instrument that needs something others use too: their time frees it as well."""

import pytest

from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.remove_absence import remove_absence
from tests.booking.reservations.sharing import needing, shared
from tests.booking.reservations.waiting import again, run_offers, waiting
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import booked, firm_user, slot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def test_offer__what_is_shared_is_freed_elsewhere__held_with_it() -> None:
    lab, owner = make_institution(), firm_user()
    chiller = shared(lab)
    first, second = needing(lab, [chiller]), needing(lab, [chiller])
    made = booked(first, owner)
    entry = waiting(firm_user(), second)
    cancel_reservation(viewer=owner, reservation=made)
    assert run_offers() == 1
    assert again(entry).status == "offered"


def test_offer__absence_ended__reaches_the_list() -> None:
    lab = make_institution()
    chiller, manager = shared(lab), manager_of(lab)
    instrument = needing(lab, [chiller])
    absence = add_absence(viewer=manager, resource=chiller, window=slot())
    entry = waiting(firm_user(), instrument)
    remove_absence(viewer=manager, absence=absence)
    run_offers()
    assert again(entry).status == "offered"
