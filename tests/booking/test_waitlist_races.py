"""Races of the waiting list: with real threads, and over HTTP against two web processes. Always one outcome."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from accounts.viewers import Viewer
from booking.reservations.commands.accept_offer import accept_offer
from booking.reservations.commands.book import book
from booking.reservations.commands.cancel_reservation import cancel_reservation
from booking.reservations.commands.decline_offer import decline_offer
from booking.reservations.commands.expire_holds import expire_holds
from booking.reservations.commands.join_waitlist import BookableNow
from booking.reservations.commands.leave_waitlist import leave_waitlist
from booking.reservations.commands.offer_freed_time import offer_freed_time
from booking.reservations.models import Reservation, WaitlistEntry
from core import clock
from core.errors import DomainError
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument
from tests.booking.http_races import CROWD, ROUNDS, Answer, Caller, gaps_are_right, refusals, statuses, together
from tests.booking.reservations.waiting import again, run_offers, seen_by, waiting, wish_for
from tests.factories.booking import booked, claims_of, coming_slot, firm_user, make_bookable, wish
from tests.servers import Servers
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True)]
THREADS = 12


class Queue:
    """An instrument with a taken window, and people who wait for it."""

    def __init__(self, waiters: int = 1) -> None:
        self.instrument, self.owner, self.window = make_bookable(), firm_user(), coming_slot()
        self.taken = booked(self.instrument, self.owner, self.window)
        self.viewers = [firm_user() for _ in range(waiters)]
        self.entries = [waiting(viewer, self.instrument, self.window) for viewer in self.viewers]

    def free(self) -> None:
        """The window is given back; the jobs wait."""
        cancel_reservation(viewer=self.owner, reservation=self.taken)

    def offered(self) -> tuple[Viewer, WaitlistEntry]:
        """The first one is offered it."""
        self.free()
        run_offers()
        return self.viewers[0], self.entries[0]

    def is_right(self) -> bool:
        """One claim at most, and gaps as they should be."""
        return len(claims_of(self.instrument)) <= 1 and gaps_are_right(self.instrument)


def attempt(instrument: Instrument, window: TimeWindow) -> Callable[[], Reservation]:
    return partial(book, viewer=firm_user(), instrument=instrument, window=window)


def only_refusals(answers: list[Any]) -> bool:
    return all(not isinstance(each, Exception) or isinstance(each, DomainError) for each in answers)


def won(answers: list[Any]) -> int:
    return sum(isinstance(each, Reservation) for each in answers)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_offer_against_new_bookings__threads__exactly_one_gets_it(round_: int) -> None:
    queue = Queue(waiters=2)
    queue.free()
    calls: list[Callable[[], Any]] = [attempt(queue.instrument, queue.window) for _ in range(THREADS // 2)]
    calls += [partial(offer_freed_time, instrument_id=queue.instrument.pk)] * (THREADS // 2)
    answers = at_once(calls)
    offers = [again(entry).status for entry in queue.entries].count("offered")
    assert only_refusals(answers), answers
    assert won(answers) + offers == len(claims_of(queue.instrument)) == 1
    assert again(queue.entries[1]).status == "waiting"
    assert queue.is_right()


@pytest.mark.parametrize("answer", [accept_offer, decline_offer, leave_waitlist])
def test_answer__many_times_at_once__exactly_one_counts(answer: Callable[..., Any]) -> None:
    queue = Queue(waiters=2)
    viewer, entry = queue.offered()
    fetched = [seen_by(viewer, entry) for _ in range(THREADS)]
    answers = at_once([partial(answer, viewer=viewer, entry=each) for each in fetched])
    assert only_refusals(answers), answers
    assert sum(not isinstance(each, DomainError) for each in answers) == 1
    run_offers()
    passed_on = again(queue.entries[1]).status == "offered"
    assert passed_on is (answer is not accept_offer)
    assert queue.is_right()


def test_accept_decline_leave__at_once__one_outcome() -> None:
    queue = Queue()
    viewer, entry = queue.offered()
    answers = at_once(
        [
            partial(answer, viewer=viewer, entry=seen_by(viewer, entry))
            for answer in (accept_offer, decline_offer, leave_waitlist) * 4
        ]
    )
    status = again(entry).status
    assert only_refusals(answers), answers
    assert sum(not isinstance(each, DomainError) for each in answers) == 1
    assert (status, won(answers)) in (("taken", 1), ("withdrawn", 0))
    assert queue.is_right()


def test_join_against_cancel__at_once__either_told_it_is_free_or_offered() -> None:
    queue = Queue(waiters=0)
    viewers = [firm_user() for _ in range(THREADS)]
    calls: list[Callable[[], Any]] = [partial(waiting, each, queue.instrument, queue.window) for each in viewers]
    answers = at_once([queue.free, *calls])[1:]
    joined = [each for each in answers if isinstance(each, WaitlistEntry)]
    assert all(isinstance(each, WaitlistEntry | BookableNow) for each in answers), answers
    run_offers()
    assert [again(each).status for each in joined].count("offered") == bool(joined)


def test_join__same_wish_at_once__once() -> None:
    queue, viewer = Queue(waiters=0), firm_user()
    answers = at_once([partial(waiting, viewer, queue.instrument, queue.window)] * THREADS)
    assert only_refusals(answers), answers
    assert WaitlistEntry.objects.count() == 1


@pytest.mark.server
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_http__offer_against_new_bookings__exactly_one_gets_it(web_pair: Servers, round_: int) -> None:
    queue = Queue()
    callers = [Caller(web_pair, firm_user()) for _ in range(3)]
    body = wish(queue.instrument, queue.window)
    queue.free()
    calls: list[Callable[[], Any]] = [partial(callers[n % 3].post, "reservations", body) for n in range(CROWD)]
    answers = at_once([*calls, run_offers], seconds=60)[:-1]
    offers = again(queue.entries[0]).status == "offered"
    assert set(statuses(answers)) <= {201, 409}
    assert statuses(answers).get(201, 0) + offers == len(claims_of(queue.instrument)) == 1
    assert queue.is_right()


@pytest.mark.server
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_http__accept_fifty_times__one_200_and_49_clean_409(web_pair: Servers, round_: int) -> None:
    queue = Queue()
    viewer, entry = queue.offered()
    answers = together(partial(Caller(web_pair, viewer).post, f"waitlist/{entry.pk}/accept", {}))
    assert statuses(answers) == {200: 1, 409: 49}
    assert refusals(answers) == {"offer_gone"}
    assert (again(entry).status, queue.is_right()) == ("taken", True)


@pytest.mark.server
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_http__accept_against_expiry__booked_or_passed_on(web_pair: Servers, round_: int) -> None:
    queue = Queue(waiters=2)
    viewer, entry = queue.offered()
    caller = Caller(web_pair, viewer)
    lapses = clock.now() + timedelta(milliseconds=60)
    Reservation.objects.filter(status="held").update(hold_expires_at=lapses)

    def accept(after: float) -> Answer:
        time.sleep(after)
        return caller.post(f"waitlist/{entry.pk}/accept", {})

    def expire(after: float) -> None:
        time.sleep(after)
        expire_holds()

    calls: list[Callable[[], Any]] = [partial(accept, n / 100) for n in range(12)]
    answers = at_once([*calls, *(partial(expire, n / 50) for n in range(6))], seconds=60)[:12]
    expire_holds()
    run_offers()
    first, second = (again(each).status for each in queue.entries)
    assert set(statuses(answers)) <= {200, 409}
    assert (first, second, statuses(answers).get(200, 0)) in (("taken", "waiting", 1), ("expired", "offered", 0))
    assert queue.is_right()


@pytest.mark.server
def test_http__join_many_at_once__each_has_a_place_of_its_own(web_pair: Servers) -> None:
    queue = Queue(waiters=0)
    span = wish_for(queue.window).span
    body = {"instrument": queue.instrument.pk, "start": span.starts_at.isoformat(), "end": span.ends_at.isoformat()}
    callers = [Caller(web_pair, firm_user()) for _ in range(8)]
    answers = at_once([partial(each.post, "waitlist", body) for each in callers], seconds=60)
    assert statuses(answers) == {201: 8}
    assert sorted(answer.document["position"] for answer in answers) == list(range(1, 9))
