"""Two commands on one booking or calendar, fifty requests at the same moment, two web processes: one outcome."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from django.db import connection

from booking.calendars.selectors import opening_hours
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.expire_holds import expire_holds
from booking.reservations.commands.offer_freed_time import offer_freed_time
from booking.reservations.commands.waive_retaken_fees import waive_retaken_fees
from booking.reservations.models import PolicyValue, Reservation
from booking.reservations.process_settings import ApprovalMode
from booking.reservations.selectors.displaced import displaced_on
from booking.reservations.selectors.history import history_of
from core import clock
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.booking.http_races import (
    ROUNDS,
    Answer,
    Caller,
    answered,
    gaps_are_right,
    refusals,
    state_of,
    statuses,
    taken_windows,
    together,
)
from tests.booking.reservations.waiting import waiting
from tests.factories.accounts import make_institution, manager_of
from tests.factories.booking import (
    ALL_DAY,
    booked,
    coming_slot,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    set_values,
    wish,
)
from tests.frontend.pages.desk_scenario import browser_of
from tests.servers import Servers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]

rounds = pytest.mark.parametrize("round_", range(ROUNDS))
AFTER_MILLISECONDS = pytest.mark.parametrize("milliseconds", [5, 150] * ROUNDS)


@contextmanager
def again_and_again(sweep: Callable[[], Any]) -> Iterator[None]:
    """What the worker does by the minute, without a pause, for as long as the block lasts."""
    done = Event()

    def run() -> None:
        try:
            while not done.is_set():
                sweep()
                time.sleep(0.005)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        swept = pool.submit(run)
        try:
            yield
        finally:
            done.set()
        swept.result()


def commands_after(reservation_id: int) -> list[str]:
    """What its history says beside how it was made, and beside the rows that a test set up itself."""
    made, *commands = [entry.command for entry in history_of(Reservation.objects.get(pk=reservation_id))]
    assert made in ("book", "hold")
    return [command for command in commands if command != "update"]


def won(answers: list[Answer]) -> int:
    return sum(answer.status in (200, 201, 204) for answer in answers)


@AFTER_MILLISECONDS
def test_request__approved_while_it_expires__one_outcome(web_pair: Servers, milliseconds: int) -> None:
    instrument = make_bookable()
    set_values(instrument, approval=ApprovalMode.ALWAYS)
    made = booked(instrument, firm_user(), coming_slot())
    staff = Caller(web_pair, operator_of(instrument.institution))
    until = clock.now() + timedelta(milliseconds=milliseconds)
    Reservation.objects.filter(pk=made.pk).update(request_expires_at=until)
    with again_and_again(expire_holds):
        answers = together(partial(staff.post, f"reservations/{made.pk}/approve", {}))
    assert refusals(answers) == {"not_requested"}
    assert (state_of(made.pk), won(answers)) in (("confirmed", 1), ("expired", 0))
    assert (won(answers), gaps_are_right(instrument)) == (len(taken_windows(instrument)), True)
    assert commands_after(made.pk) == ["approve" if won(answers) else "expire"]


@AFTER_MILLISECONDS
def test_hold__confirmed_while_it_expires_and_others_book__one_outcome(
    web_pair: Servers, milliseconds: int
) -> None:
    """Its own confirmation, the sweep, and others who wait for the time to run out."""
    instrument, owner = make_bookable(), Caller(web_pair, firm_user())
    body = wish(instrument, coming_slot())
    times = {name: body[name] for name in ("instrument", "start", "end")}
    hold = owner.post("holds", times).document["id"]
    confirm = partial(owner.post, "reservations", {**body, "hold": hold})
    others = [partial(Caller(web_pair, firm_user()).post, "reservations", body) for _ in range(2)]
    until = clock.now() + timedelta(milliseconds=milliseconds)
    Reservation.objects.filter(pk=hold).update(hold_expires_at=until)
    with again_and_again(expire_holds):
        answers = together(confirm, confirm, *others, confirm)
    assert refusals(answers) <= {"hold_lapsed", "reservation_ended", "slot_taken"}
    own = [answer for n, answer in enumerate(answers) if n % 5 not in (2, 3)]
    assert (state_of(hold), won(own)) in (("confirmed", 1), ("expired", 0))
    assert won(answers) == len(taken_windows(instrument)) <= 1
    assert gaps_are_right(instrument)
    assert commands_after(hold) == ["confirm" if won(own) else "expire"]


def about_to_begin() -> tuple[Instrument, TimeWindow]:
    """An instrument one checks in to, and a window on it that begins in some minutes."""
    instrument = open_instrument(bands=[ALL_DAY], access_modes=["self_operated"])
    set_values(instrument, on_grid=1)
    starts_at = clock.now().replace(second=0, microsecond=0) + timedelta(minutes=6)
    return instrument, TimeWindow(starts_at, starts_at + timedelta(hours=2))


@rounds
def test_booking__cancelled_and_checked_in_to__one_of_them(web_pair: Servers, round_: int) -> None:
    (instrument, window), viewer = about_to_begin(), firm_user()
    made, owner = booked(instrument, viewer, window), Caller(web_pair, viewer)
    paths = [f"reservations/{made.pk}/{command}" for command in ("cancel", "check-in")]
    answers = together(*[partial(owner.post, path, {}) for path in paths])
    assert (won(answers), len(answers)) == (1, 50)
    assert refusals(answers) <= {"reservation_ended", "reservation_running"}
    is_cancelled = won(answers[::2]) == 1
    assert state_of(made.pk) == ("cancelled" if is_cancelled else "in_use")
    assert taken_windows(instrument) == ([] if is_cancelled else [window])
    assert commands_after(made.pk) == ["cancel" if is_cancelled else "check_in"]
    assert gaps_are_right(instrument)


class _Stay(HTTPRedirectHandler):
    """The page that follows a change is not asked for."""

    def redirect_request(self, *_arguments: Any) -> None:
        return None


def painting(servers: Servers, instrument: Instrument, start: str, end: str) -> Callable[[], Answer]:
    """A manager saves opening hours on the page: every weekday, for all."""
    cookies = browser_of(manager_of(instrument.institution)).cookies
    key = "c" * 32
    fields = {"weekdays": ["MO", "TU", "WE", "TH", "FR"], "start": start, "end": end}
    fields["tiers"] = ["internal", "member", "enterprise", "external"]
    data = urlencode({f"band-0-{name}": value for name, value in fields.items()}, doseq=True).encode()
    headers = {"Cookie": f"sessionid={cookies['sessionid'].value}; csrftoken={key}", "X-CSRFToken": key}
    request = Request(f"{servers.address}/desk/instruments/{instrument.pk}/hours/", data, headers)
    return partial(answered, request, build_opener(_Stay).open)


@rounds
def test_opening_hours__changed_against_bookings__booked_before_or_refused(web_pair: Servers, round_: int) -> None:
    """Whoever books before the change keeps the booking, which is listed; afterwards nobody gets the time."""
    instrument, caller = make_bookable(), Caller(web_pair, firm_user())
    booking = partial(caller.post, "reservations", wish(instrument, coming_slot()))
    answers = together(*[booking] * 5, painting(web_pair, instrument, "13:00", "17:00"), *[booking] * 4)
    changes, bookings = answers[5::10], [each for n, each in enumerate(answers) if n % 10 != 5]
    assert statuses(changes) == {302: 5}
    assert refusals(bookings) <= {"slot_taken", "rules_violated"}
    assert won(bookings) == len(taken_windows(instrument)) == len(displaced_on(instrument)) <= 1
    changed = min(each.ended for each in changes)
    assert not any(each.status == 201 for each in bookings if each.began > changed)
    opening = opening_hours(instrument.pk)
    assert opening is not None
    assert [str(band.start) for band in opening.bands] == ["13:00:00"]
    assert gaps_are_right(instrument)
    assert booking().status in (409, 422)


@rounds
def test_fee__waived_by_staff_and_by_the_clock__once(web_pair: Servers, round_: int) -> None:
    """The time of a late cancellation is taken again, so the clock waives the fee while fifty others do."""
    instrument, viewer = make_bookable(), firm_user()
    made = cancel_reservation(viewer=viewer, reservation=booked(instrument, viewer, coming_slot()))
    Reservation.objects.filter(pk=made.pk).update(late_during=made.during, fee_fen=24_000)
    booked(instrument, window=coming_slot())
    staff = Caller(web_pair, manager_of(instrument.institution))
    with again_and_again(waive_retaken_fees):
        answers = together(partial(staff.post, f"reservations/{made.pk}/waive-fee", {"reason": "Ill"}))
    assert refusals(answers) == {"no_fee"}
    made.refresh_from_db()
    assert (made.fee_waived, made.fee_fen, won(answers) <= 1) == (True, 24_000, True)
    assert commands_after(made.pk) == ["cancel", "waive_fee"]


@rounds
def test_offers__for_one_person_with_one_booking_left__exactly_one_is_held(web_pair: Servers, round_: int) -> None:
    """Freed time on five instruments is offered by the jobs while its person books elsewhere over HTTP."""
    home, viewer, owner = make_institution(), firm_user(), firm_user()
    instruments = [open_instrument(home) for _ in range(5)]
    taken = [booked(each, owner, coming_slot()) for each in instruments]
    for each in instruments:
        waiting(viewer, each, coming_slot())
    PolicyValue.objects.create(institution=home, code="max_upcoming", value=1)
    for reservation in taken:
        cancel_reservation(viewer=owner, reservation=reservation)
    caller = Caller(web_pair, viewer)
    wishes = [wish(open_instrument(home), coming_slot()) for _ in range(10)]
    with again_and_again(lambda: [offer_freed_time(instrument_id=each.pk) for each in instruments]):
        answers = together(*[partial(caller.post, "reservations", each) for each in wishes])
    assert refusals(answers) <= {"rules_violated", "slot_taken"}
    offers = Reservation.objects.filter(user_id=viewer.person_id, status="held").count()
    assert won(answers) + offers == 1
    assert gaps_are_right(*instruments)
