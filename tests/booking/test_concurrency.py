"""Races, with real threads and a real PostgreSQL: one wins, the others are told so, nothing is left behind."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.extend_calendars import extend_calendars
from booking.calendars.commands.open_calendar import open_calendar
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.errors import SlotTaken
from booking.calendars.models import OpeningProfile, Resource
from booking.reservations.commands.advance_reservations import advance_reservations
from booking.reservations.commands.book import Wanted, book
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.close_instrument import close_instrument
from booking.reservations.commands.confirm_hold import confirm_hold
from booking.reservations.commands.hold_window import hold_window
from booking.reservations.commands.reschedule_reservation import reschedule_reservation
from booking.reservations.errors import ReservationRunning
from booking.reservations.models import PolicyValue, Reservation
from core import locks
from core.errors import CalendarBusy, DomainError
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.factories.accounts import make_enterprise, make_institution, manager_of
from tests.factories.booking import ALL_DAY, booked, claims_of, firm_user, make_bookable, open_instrument, slot
from tests.factories.instruments import make_instrument
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday_morning")]


def attempt(
    instrument: Instrument, viewer: Viewer, window: TimeWindow, places: int = 1
) -> Callable[[], Reservation]:
    return partial(book, viewer=viewer, instrument=instrument, window=window, wanted=Wanted(places=places))


def kinds(answers: list[Any]) -> dict[str, int]:
    names = [type(answer).__name__ for answer in answers]
    return {name: names.count(name) for name in set(names)}


def gaps_are_right(instrument: Instrument) -> bool:
    resource = Resource.objects.get(instrument=instrument)
    return functions.wrong_gaps(resource.pk, slot("00:00").starts_at) == []


@pytest.mark.parametrize("threads", [20, 50])
def test_book__same_slot_at_once__exactly_one(threads: int) -> None:
    instrument, viewers = make_bookable(), [firm_user() for _ in range(5)]
    answers = at_once([attempt(instrument, viewers[n % 5], slot()) for n in range(threads)])
    assert kinds(answers) == {"Reservation": 1, "SlotTaken": threads - 1}
    assert all(answer.extra["alternatives"] for answer in answers if isinstance(answer, SlotTaken))
    assert (len(claims_of(instrument)), Reservation.objects.count()) == (1, 1)
    assert gaps_are_right(instrument)


@pytest.mark.deep
@pytest.mark.parametrize("round_", range(10))
def test_book__same_slot_at_once_ten_times_fifty__exactly_one(round_: int) -> None:
    test_book__same_slot_at_once__exactly_one(50)


def test_book__two_places_at_once__exactly_two() -> None:
    instrument, viewer = open_instrument(places=2), firm_user()
    answers = at_once([attempt(instrument, viewer, slot()) for _ in range(20)])
    assert kinds(answers) == {"Reservation": 2, "SlotTaken": 18}
    assert [place for place, _window in claims_of(instrument)] == [1, 2]
    assert gaps_are_right(instrument)


def test_book__overlapping_windows_at_once__whoever_wins_nothing_overlaps() -> None:
    instrument, viewer = open_instrument(places=2, turnaround=30, bands=[ALL_DAY]), firm_user()
    windows = [slot("10:00", 1 + n % 4).shifted(timedelta(minutes=30 * (n % 7))) for n in range(28)]
    answers = at_once([attempt(instrument, viewer, window, 1 + n % 2) for n, window in enumerate(windows)])
    assert set(kinds(answers)) == {"Reservation", "SlotTaken"}
    claims = claims_of(instrument)
    assert not any(a[0] == b[0] and a[1].overlaps(b[1]) for i, a in enumerate(claims) for b in claims[:i])
    assert gaps_are_right(instrument)


def test_book_cancel_move_close__all_at_once__gaps_stay_right() -> None:
    instrument = open_instrument(places=2, bands=[ALL_DAY])
    owner, manager = firm_user(), manager_of(instrument.institution)
    mine = [booked(instrument, owner, slot(f"{hour:02}:00", 1)) for hour in range(9, 13)]
    calls: list[Callable[[], Any]] = []
    for n, each in enumerate(mine):
        window = slot(f"{10 + n}:00", 2)
        calls.append(partial(cancel_reservation, viewer=owner, reservation=each))
        calls.append(partial(reschedule_reservation, viewer=owner, reservation=each, window=window))
        calls.append(attempt(instrument, owner, window))
        calls.append(partial(close_instrument, viewer=manager, instrument=instrument, window=window, reason="x"))
    calls.append(partial(set_opening_hours, viewer=manager, instrument=instrument, bands=[]))
    calls.append(extend_calendars)
    answers = at_once(calls)
    assert all(not isinstance(each, Exception) or isinstance(each, DomainError) for each in answers), answers
    assert gaps_are_right(instrument)


def both(first: Instrument, second: Instrument, viewer: Viewer, window: TimeWindow) -> list[Reservation]:
    """Two bookings in one transaction, each command taking its own lock: the order can go wrong."""
    with transaction.atomic():
        return [book(viewer=viewer, instrument=each, window=window) for each in (first, second)]


def test_two_instruments__opposite_order__never_an_unexpected_error() -> None:
    one, two, viewer = make_bookable(), make_bookable(), firm_user()
    orders = [(one, two) if n % 2 else (two, one) for n in range(10)]
    answers = at_once([partial(both, one, two, viewer, slot()) for one, two in orders])
    assert set(kinds(answers)) <= {"list", "SlotTaken", "CalendarBusy"}, answers
    assert kinds(answers)["list"] == 1
    assert len(claims_of(one)) == len(claims_of(two)) == 1


def test_lock_instruments__opposite_order_in_one_call__sorted_so_nobody_waits_in_a_circle() -> None:
    pairs = [make_bookable(), make_bookable()]
    keys = [each.pk for each in pairs]

    def hold(order: list[int]) -> list[int]:
        with transaction.atomic():
            locked = functions.lock_instruments(order)
            time.sleep(0.05)
            return locked

    answers = at_once([partial(hold, keys if n % 2 else keys[::-1]) for n in range(10)])
    assert len({tuple(answer) for answer in answers}) == 1, answers


def test_lock_resources__not_got_in_time__calendar_busy_after_one_retry() -> None:
    instrument, viewer = make_bookable(), firm_user()
    ready, done = Barrier(2), Barrier(2)

    def hold() -> None:
        with transaction.atomic():
            functions.lock_instruments([instrument.pk])
            ready.wait(10)
            done.wait(20)

    def wait() -> float:
        ready.wait(10)
        started = time.monotonic()
        try:
            with pytest.raises(CalendarBusy):
                book(viewer=viewer, instrument=instrument, window=slot())
        finally:
            done.wait(10)
        return time.monotonic() - started

    _held, waited = at_once([hold, wait])
    assert 2 * locks.LOCK_TIMEOUT_MS / 1000 <= waited < 9
    assert Reservation.objects.count() == 0


def test_retried_when_busy__deadlock_once__second_attempt_counts() -> None:
    attempts: list[int] = []

    @locks.retried_when_busy
    def work() -> int:
        attempts.append(1)
        if len(attempts) == 1:
            with connection.cursor() as cursor:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$")
        return len(attempts)

    assert work() == 2


def test_advance_and_cancel__at_once__one_of_them_wins() -> None:
    instrument, owner = make_bookable(), firm_user()
    for hour in range(9, 13):
        each = booked(instrument, owner, slot(f"{hour:02}:00", 1))
        Reservation.objects.filter(pk=each.pk).update(during=(slot("07:00", 2).starts_at, slot("07:00", 2).ends_at))
        call = partial(cancel_reservation, viewer=owner, reservation=each)
        answers = at_once([call, advance_reservations, advance_reservations])
        status = Reservation.objects.get(pk=each.pk).status
        assert status in ("cancelled", "in_use"), answers
        assert isinstance(answers[0], ReservationRunning) is (status == "in_use")
        assert sum(answers[1:]) == (status == "in_use")


def test_book__rolled_back_from_outside__leaves_nothing() -> None:
    instrument, viewer = make_bookable(), firm_user()
    revision = Resource.objects.get(instrument=instrument).revision
    with transaction.atomic():
        book(viewer=viewer, instrument=instrument, window=slot())
        transaction.set_rollback(True)
    assert (claims_of(instrument), Reservation.objects.count()) == ([], 0)
    assert Resource.objects.get(instrument=instrument).revision == revision
    assert apps.get_model("reservations", "ReservationEvent").objects.count() == 0
    assert gaps_are_right(instrument)


def test_open_calendar__first_two_of_a_zone_at_once__one_default_profile() -> None:
    instruments = [make_instrument() for _ in range(4)]
    answers = at_once([partial(open_calendar, instrument_id=each.pk) for each in instruments])
    assert kinds(answers) == {"Resource": 4}, answers
    assert OpeningProfile.objects.count() == 1


def test_set_opening_hours__twice_at_once__one_profile_of_its_own() -> None:
    instrument = make_bookable()
    manager = manager_of(instrument.institution)
    paint = partial(set_opening_hours, viewer=manager, instrument=instrument, bands=[ALL_DAY])
    assert kinds(at_once([paint] * 4)) == {"OpeningProfile": 4}
    assert OpeningProfile.objects.filter(instrument=instrument).count() == 1
    assert gaps_are_right(instrument)


@pytest.mark.parametrize("code", ["max_upcoming", "max_per_day", "max_upcoming_hours", "max_hours_per_week"])
def test_book__quota_for_one_and_twenty_instruments_at_once__exactly_one(code: str) -> None:
    home, viewer = make_institution(), firm_user()
    PolicyValue.objects.create(institution=home, code=code, value=3 if "hours" in code else 1)
    instruments = [open_instrument(home) for _ in range(20)]
    answers = at_once([attempt(instrument, viewer, slot()) for instrument in instruments])
    assert kinds(answers) == {"Reservation": 1, "RuleViolations": 19}
    assert Reservation.objects.count() == sum(len(claims_of(instrument)) for instrument in instruments) == 1


def test_book__quota_of_a_firm_and_twenty_colleagues_at_once__exactly_one() -> None:
    home, firm = make_institution(), make_enterprise()
    PolicyValue.objects.create(institution=home, code="max_upcoming_enterprise", value=1)
    wanted = Wanted(account_id=firm.pk)
    calls = [
        partial(book, viewer=firm_user(firm), instrument=open_instrument(home), window=slot(), wanted=wanted)
        for _ in range(20)
    ]
    assert kinds(at_once(calls)) == {"Reservation": 1, "RuleViolations": 19}


def test_reschedule_book_and_hold__into_a_day_with_one_place_left__exactly_one() -> None:
    home, viewer = make_institution(), firm_user()
    elsewhere = [booked(open_instrument(home), viewer, slot(day=1 + n % 4)) for n in range(6)]
    PolicyValue.objects.create(institution=home, code="max_per_day", value=1)
    calls: list[Callable[[], Any]] = [
        partial(reschedule_reservation, viewer=viewer, reservation=each, window=slot("13:00")) for each in elsewhere
    ]
    calls += [attempt(open_instrument(home), viewer, slot("13:00")) for _ in range(6)]
    calls += [
        partial(hold_window, viewer=viewer, instrument=open_instrument(home), window=slot(), wanted=Wanted())
        for _ in range(6)
    ]
    assert kinds(at_once(calls)) == {"Reservation": 1, "RuleViolations": 17}
    on_monday = Reservation.objects.filter(during__startswith__lt=slot(day=1).starts_at)
    assert on_monday.count() == 1


def test_confirm_hold__two_holds_confirmed_for_a_firm_with_one_left__exactly_one() -> None:
    home, firm = make_institution(), make_enterprise()
    PolicyValue.objects.create(institution=home, code="max_upcoming_enterprise", value=1)
    calls = []
    for viewer in [firm_user(firm) for _ in range(8)]:
        hold = hold_window(viewer=viewer, instrument=open_instrument(home), window=slot(), wanted=Wanted())
        wanted = Wanted(account_id=firm.pk)
        calls.append(partial(confirm_hold, viewer=viewer, hold=hold, window=slot(), wanted=wanted))
    assert kinds(at_once(calls)) == {"Reservation": 1, "RuleViolations": 7}
    assert Reservation.objects.filter(status="held").count() == 7


def test_book__own_bookings_at_two_instruments_that_ask_for_presence__never_at_once() -> None:
    viewer, instruments = firm_user(), [make_bookable() for _ in range(10)]
    PolicyValue.objects.create(code="asks_presence", value=1)
    answers = at_once([attempt(instrument, viewer, slot()) for instrument in instruments])
    assert kinds(answers) == {"Reservation": 1, "RuleViolations": 9}
