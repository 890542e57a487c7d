"""The waiting list: who is offered freed time, in which order, and what becomes of it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import User
from accounts.viewers import Viewer
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.errors import SlotTaken
from booking.calendars.events import CalendarChanged
from booking.reservations.commands.accept_offer import accept_offer
from booking.reservations.commands.book import Wanted
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.decline_offer import decline_offer
from booking.reservations.commands.expire_holds import expire_holds
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.commands.leave_waitlist import leave_waitlist
from booking.reservations.commands.offer_freed_time import MOST_JUDGED
from booking.reservations.commands.reopen_instrument import reopen_instrument
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.commands.set_capacity import set_capacity
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.errors import OfferGone, RuleViolations, WaitingOver
from booking.reservations.events import ReservationHeld, WaitlistOffered
from booking.reservations.models import Reservation, WaitlistEntry
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.history import history_of
from booking.reservations.selectors.lists import upcoming_of
from booking.reservations.tasks import offer_time, sweep_waitlist
from core import clock
from core.events import Event
from instruments.catalogue.models import Instrument
from tests.booking.reservations.waiting import (
    again,
    lose_jobs,
    offer_of,
    offered_window,
    run_offers,
    seen_by,
    waiting,
)
from tests.factories.accounts import manager_of
from tests.factories.booking import band, booked, claims_of, firm_user, make_bookable, open_instrument, slot

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def instrument(monday_morning: Any) -> Instrument:
    return make_bookable()


@pytest.fixture
def taken(instrument: Instrument, owner: Viewer) -> Reservation:
    """Somebody has 9 to 11."""
    return booked(instrument, owner)


def cancel(owner: Viewer, reservation: Reservation) -> int:
    """Cancel it and let the jobs run."""
    cancel_reservation(viewer=owner, reservation=reservation)
    return run_offers()


def later(**by: float) -> Any:
    return time_machine.travel(clock.now() + timedelta(**by), tick=False)


def test_cancel__somebody_waits__held_for_them_for_an_hour(
    taken: Reservation, instrument: Instrument, owner: Viewer, published: list[Event]
) -> None:
    entry = waiting(firm_user(), instrument)
    published.clear()
    assert cancel(owner, taken) == 1
    hold = offer_of(entry)
    assert (again(entry).status, hold.status, hold.user_id) == ("offered", "held", entry.user_id)
    assert hold.hold_expires_at == clock.now() + timedelta(minutes=60)
    assert claims_of(instrument) == [(1, slot())]
    (offered,) = [event for event in published if isinstance(event, WaitlistOffered)]
    assert (offered.entry_id, offered.reservation_id, offered.starts_at) == (entry.pk, hold.pk, slot().starts_at)
    assert [type(event) for event in published][-3:] == [ReservationHeld, WaitlistOffered, CalendarChanged]
    assert [(told.command, told.actor) for told in history_of(hold)] == [("offer", None)]


def test_cancel__nobody_waits__no_job(taken: Reservation, instrument: Instrument, owner: Viewer) -> None:
    waiting(firm_user(), booked(make_bookable()).instrument)
    assert cancel(owner, taken) == 0
    assert claims_of(instrument) == []


def test_cancel__two_wait__the_first_is_asked(taken: Reservation, instrument: Instrument, owner: Viewer) -> None:
    first, second = (waiting(firm_user(), instrument) for _ in range(2))
    cancel(owner, taken)
    assert (again(first).status, again(second).status) == ("offered", "waiting")
    assert run_offers() == 0
    offer_time(instrument_id=instrument.pk)
    assert again(second).status == "waiting"


def test_offer__first_one_breaks_a_rule__goes_to_the_next(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    first, second = (waiting(firm_user(), instrument) for _ in range(2))
    User.objects.filter(pk=first.user_id).update(is_active=False)
    cancel(owner, taken)
    assert (again(first).status, again(second).status) == ("waiting", "offered")


def test_offer__left_the_firm_it_was_for__goes_to_the_next(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    stranger = waiting(firm_user(), instrument)
    WaitlistEntry.objects.filter(pk=stranger.pk).update(account_id=owner.roles[0].enterprise_id)
    second = waiting(firm_user(), instrument)
    cancel(owner, taken)
    assert (again(stranger).status, again(second).status) == ("waiting", "offered")


def test_offer__lapsed__passed_on_and_the_first_is_through(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    with later(hours=-6):
        first, second = (waiting(firm_user(), instrument) for _ in range(2))
        cancel(owner, taken)
        lapsed = offer_of(first)
        with later(minutes=60):
            expire_holds()
            run_offers()
            assert (again(first).status, again(second).status) == ("expired", "offered")
            assert Reservation.objects.get(pk=lapsed.pk).status == "expired"


def test_offer__declined__passed_on(taken: Reservation, instrument: Instrument, owner: Viewer) -> None:
    viewer = firm_user()
    first, second = waiting(viewer, instrument), waiting(firm_user(), instrument)
    cancel(owner, taken)
    assert decline_offer(viewer=viewer, entry=seen_by(viewer, first)).status == "withdrawn"
    run_offers()
    assert again(second).status == "offered"


def test_offer__any_two_hours_declined__keeps_waiting_for_another_time(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    viewer, rest = firm_user(), booked(instrument, owner, slot("11:00", 6))
    entry = waiting(viewer, instrument, slot("09:00", 8), hours=2)
    cancel(owner, taken)
    assert offered_window(entry) == slot()
    assert decline_offer(viewer=viewer, entry=seen_by(viewer, entry)).status == "waiting"
    run_offers()
    assert (again(entry).status, claims_of(instrument)) == ("waiting", [(1, slot("11:00", 6))])
    cancel(owner, rest)
    assert offered_window(entry) == slot("11:00", 2)


def test_offer__who_cancelled__is_not_offered_it_but_what_others_free(instrument: Instrument) -> None:
    viewer, other = firm_user(), firm_user()
    own = booked(instrument, viewer, slot("09:00", 4))
    others = booked(instrument, other, slot("13:00", 4))
    entry = waiting(viewer, instrument, slot("09:00", 8), hours=2)
    cancel(viewer, own)
    sweep_waitlist(timestamp=0)
    run_offers()
    assert again(entry).status == "waiting"
    cancel(other, others)
    assert offered_window(entry) == slot("13:00", 2)


def test_offer__who_moved_away__is_not_offered_the_old_time(instrument: Instrument) -> None:
    viewer = firm_user()
    own, _other = booked(instrument, viewer, slot("09:00", 2)), booked(instrument, window=slot("11:00", 6))
    entry, second = waiting(viewer, instrument, slot("09:00", 8), hours=1), waiting(firm_user(), instrument)
    reschedule_reservation(viewer=viewer, reservation=own, window=slot("09:00", 2, day=1))
    run_offers()
    assert (again(entry).status, again(second).status) == ("waiting", "offered")


def test_offer__staff_cancelled_it__may_be_offered_to_its_own_person(instrument: Instrument) -> None:
    viewer, manager = firm_user(), manager_of(instrument.institution)
    own, _other = booked(instrument, viewer, slot("09:00", 4)), booked(instrument, window=slot("13:00", 4))
    entry = waiting(viewer, instrument, slot("09:00", 8), hours=2)
    cancel_reservation(viewer=manager, reservation=access_reservation(manager, own.pk, "change"), reason="Fault")
    run_offers()
    assert offered_window(entry) == slot("09:00", 2)


def test_offer__freed_part_longer__first_window_and_the_rest_to_the_next(instrument: Instrument) -> None:
    owner = firm_user()
    long = booked(instrument, owner, slot("09:00", 8))
    first = waiting(firm_user(), instrument, slot("09:00", 8), hours=3)
    second = waiting(firm_user(), instrument, slot("09:00", 8), hours=6)
    third = waiting(firm_user(), instrument, slot("12:00", 2))
    cancel(owner, long)
    assert offered_window(first) == slot("09:00", 3)
    assert (offered_window(second), offered_window(third)) == (None, slot("12:00", 2))


def test_offer__freed_part_shorter__nobody_until_its_neighbour_is_free_too(instrument: Instrument) -> None:
    owner = firm_user()
    rest = booked(instrument, owner, slot("11:00", 6))
    short = booked(instrument, owner, slot("09:00", 2))
    entry = waiting(firm_user(), instrument, slot("10:00", 3))
    cancel(owner, short)
    assert again(entry).status == "waiting"
    cancel(owner, rest)
    assert offered_window(entry) == slot("10:00", 3)


def test_offer__turnaround_freed__serves_who_wants_the_time_behind(monday_morning: Any, owner: Viewer) -> None:
    instrument = open_instrument(turnaround=60)
    first = booked(instrument, owner, slot("09:00", 1))
    entry = waiting(firm_user(), instrument, slot("10:00", 1))
    cancel(owner, first)
    assert offered_window(entry) == slot("10:00", 1)


def test_offer__more_waiting_than_one_job_judges__the_next_job_goes_on(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    entries = [waiting(firm_user(), instrument) for _ in range(MOST_JUDGED + 1)]
    User.objects.filter(pk__in=[entry.user_id for entry in entries[:-1]]).update(is_active=False)
    assert cancel(owner, taken) == 2
    assert again(entries[-1]).status == "offered"


def test_offer__soon_before_the_start__expires_while_it_can_still_be_booked(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    entry = waiting(firm_user(), instrument)
    with later(minutes=40):
        cancel(owner, taken)
        assert offer_of(entry).hold_expires_at == slot().starts_at


def test_offer__minutes_before_the_start__nobody_can_answer_any_more(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    entry = waiting(firm_user(), instrument)
    with later(minutes=56):
        cancel(owner, taken)
        assert again(entry).status == "waiting"


def test_offer__lead_time_and_own_time_to_answer__both_count(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    manager, entry = manager_of(instrument.institution), waiting(firm_user(), instrument)
    set_policy_value(viewer=manager, instrument=instrument, code="offer_expires", value=30)
    set_policy_value(viewer=manager, instrument=instrument, code="lead_time", value=45)
    cancel(owner, taken)
    assert offer_of(entry).hold_expires_at == clock.now() + timedelta(minutes=15)


def test_offer__does_not_count_towards_two_holds(taken: Reservation, instrument: Instrument, owner: Viewer) -> None:
    viewer = firm_user()
    entry = waiting(viewer, instrument)
    cancel(owner, taken)
    for _ in range(2):
        hold_window(viewer=viewer, instrument=make_bookable(), window=slot(), wanted=Wanted())
    assert offer_of(entry).pk not in upcoming_of(viewer).values_list("pk", flat=True)


def test_offer__somebody_books_first__nothing_is_offered(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    entry = waiting(firm_user(), instrument)
    cancel_reservation(viewer=owner, reservation=taken)
    booked(instrument)
    run_offers()
    assert again(entry).status == "waiting"


def test_offer__held__nobody_else_can_book(taken: Reservation, instrument: Instrument, owner: Viewer) -> None:
    waiting(firm_user(), instrument)
    cancel(owner, taken)
    with pytest.raises(SlotTaken):
        booked(instrument)


def test_offer__closure_lifted_and_place_added__reach_the_list(instrument: Instrument) -> None:
    manager = manager_of(instrument.institution)
    closure = close_instrument(viewer=manager, instrument=instrument, window=slot(), reason="Repair")
    first, second, third = (waiting(firm_user(), instrument) for _ in range(3))
    reopen_instrument(viewer=manager, closure=access_reservation(manager, closure, "manage"))
    run_offers()
    assert (again(first).status, again(second).status) == ("offered", "waiting")
    set_capacity(viewer=manager, instrument=instrument, places=2)
    run_offers()
    assert (again(second).status, again(third).status) == ("offered", "waiting")


def test_offer__opening_hours_widened__reach_the_list(instrument: Instrument) -> None:
    booked(instrument, window=slot("09:00", 8))
    entry = waiting(firm_user(), instrument, slot("09:00", 12), hours=2)
    hours = [band("08:00", "20:00")]
    set_opening_hours(viewer=manager_of(instrument.institution), instrument=instrument, bands=hours)
    run_offers()
    assert offered_window(entry) == slot("17:00", 2)


def test_accept__in_time__booked_in_place_and_taken(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    viewer = firm_user()
    entry = waiting(viewer, instrument)
    cancel(owner, taken)
    made = accept_offer(viewer=viewer, entry=seen_by(viewer, entry), purpose="Run")
    assert (made.pk, made.status, made.purpose) == (offer_of(entry).pk, "confirmed", "Run")
    assert again(entry).status == "taken"
    with pytest.raises(OfferGone):
        accept_offer(viewer=viewer, entry=seen_by(viewer, entry))


def test_accept__a_rule_is_broken_by_now__refused_and_still_offered(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    viewer, manager = firm_user(), manager_of(instrument.institution)
    entry = waiting(viewer, instrument)
    cancel(owner, taken)
    set_policy_value(viewer=manager, instrument=instrument, code="max_duration", value=60)
    with pytest.raises(RuleViolations):
        accept_offer(viewer=viewer, entry=seen_by(viewer, entry))
    assert (again(entry).status, offer_of(entry).status) == ("offered", "held")


def test_accept_and_decline__lapsed__gone(taken: Reservation, instrument: Instrument, owner: Viewer) -> None:
    viewer = firm_user()
    entry = waiting(viewer, instrument)
    cancel(owner, taken)
    with later(hours=1):
        for answer in (accept_offer, decline_offer):
            with pytest.raises(OfferGone):
                answer(viewer=viewer, entry=seen_by(viewer, entry))


def test_leave__waiting_and_offered__out_of_the_queue_and_the_time_goes_on(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    viewer, other = firm_user(), firm_user()
    first, second = waiting(viewer, instrument), waiting(other, instrument)
    cancel(owner, taken)
    assert leave_waitlist(viewer=viewer, entry=first).status == "withdrawn"
    run_offers()
    assert again(second).status == "offered"
    with pytest.raises(WaitingOver):
        leave_waitlist(viewer=viewer, entry=again(first))


def test_offer__withdrawn_by_staff__back_to_the_same_place(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    entry, manager = waiting(firm_user(), instrument), manager_of(instrument.institution)
    cancel(owner, taken)
    hold = access_reservation(manager, offer_of(entry).pk, "change")
    cancel_reservation(viewer=manager, reservation=hold, reason="A fault")
    assert (again(entry).status, again(entry).offer) == ("waiting", None)


def test_sweep__job_lost__made_up_for_and_not_asked_again_at_once(
    taken: Reservation, instrument: Instrument, owner: Viewer
) -> None:
    first, second = (waiting(firm_user(), instrument) for _ in range(2))
    User.objects.filter(pk=first.user_id).update(is_active=False)
    cancel_reservation(viewer=owner, reservation=taken)
    lose_jobs()
    sweep_waitlist(timestamp=0)
    assert run_offers() == 1
    assert again(second).status == "offered"
    sweep_waitlist(timestamp=0)
    assert run_offers() == 0


def test_sweep__time_is_over__expired(taken: Reservation, instrument: Instrument) -> None:
    fixed, flexible = (
        waiting(firm_user(), instrument),
        waiting(firm_user(), booked(instrument, window=slot("11:00", 6)).instrument, slot("09:00", 8), hours=2),
    )
    with later(hours=1):
        sweep_waitlist(timestamp=0)
        assert (again(fixed).status, again(flexible).status) == ("expired", "waiting")
