"""Background work on reservations."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.types import JSONDict

from booking.conduct.models import Reason
from booking.reservations.commands.advance_reservations import advance_reservations as advance
from booking.reservations.commands.expire_holds import expire_holds, expire_holds_on
from booking.reservations.commands.expire_waiting import expire_waiting
from booking.reservations.commands.follow_faults import follow_faults as follow_faults_of
from booking.reservations.commands.follow_plan import follow_plan as follow_one
from booking.reservations.commands.judge_conduct import judge_conduct
from booking.reservations.commands.keep_heartbeat import keep_heartbeat
from booking.reservations.commands.offer_freed_time import offer_freed_time
from booking.reservations.commands.place_closures import place_closures as place
from booking.reservations.commands.release_no_shows import release_no_shows
from booking.reservations.commands.revise_calendars import institutions_with_instruments, revise_calendars
from booking.reservations.commands.settle_conduct import settle_conduct as settle
from booking.reservations.commands.waive_retaken_fees import waive_retaken_fees
from booking.reservations.models import OCCUPYING, Reservation, Status
from booking.reservations.selectors.waitlist import instruments_due
from core import clock
from core.steps import each_on_its_own
from core.windows import TimeWindow
from instruments.qualifications.commands.follow_reservation import follow_reservation

MOST_SWEPT: Final = 20
"""Instruments whose waiting lists one sweep asks about."""


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="advance_reservations", name="reservations.advance")
def advance_reservations(timestamp: int) -> None:
    """Every minute: begin, end, release, expire and waive what the clock decides. Running late or twice is safe.

    Each on its own: what fails for one keeps nobody from the others, and the job fails at the end.
    """
    each_on_its_own(_clock_step, (keep_heartbeat, advance, release_no_shows, expire_holds, waive_retaken_fees))


def _clock_step(work: Callable[[], object]) -> int:
    work()
    return 1


@app.task(name="reservations.expire_hold", retry=RetryStrategy(max_attempts=3, wait=5))
def expire_hold(instrument_id: int) -> None:
    """Let a hold, or a request that nobody decided, go at its time."""
    expire_holds_on([instrument_id])


@app.task(name="reservations.offer", retry=RetryStrategy(max_attempts=6, exponential_wait=3))
def offer_time(instrument_id: int, since: str = "", until: str = "", after: int = 0) -> None:
    """Offer free time on an instrument to the next few who wait for it; another job goes on behind them.

    since, until: where time became free, RFC 3339; empty: anywhere.
    """
    freed = TimeWindow(datetime.fromisoformat(since), datetime.fromisoformat(until)) if since and until else None
    last = offer_freed_time(instrument_id=instrument_id, freed=freed, after=after)
    if last is not None:
        offer_time.defer(instrument_id=instrument_id, since=since, until=until, after=last)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="reservations.sweep_waitlist", name="reservations.sweep_waitlist")
def sweep_waitlist(timestamp: int) -> None:
    """Every minute: end what can't come any more, and make up for jobs that were lost."""
    expire_waiting()
    for instrument_id in instruments_due(clock.now(), limit=MOST_SWEPT):
        offer_time.defer(instrument_id=instrument_id)


@app.task(name="reservations.judge", retry=RetryStrategy(max_attempts=5, wait=10))
def judge(reservation_id: int, reason: str) -> None:
    """What happened to a reservation may change somebody's credit."""
    judge_conduct(reservation_id=reservation_id, reason=Reason(reason))


@app.task(name="reservations.follow_training", retry=RetryStrategy(max_attempts=5, wait=10))
def follow_training(reservation_id: int) -> None:
    """A training's time is where its reservation is."""
    found = Reservation.objects.filter(pk=reservation_id).first()
    takes_place = found is not None and found.status in (*OCCUPYING, Status.COMPLETED)
    window = TimeWindow.of(found.during) if found is not None and takes_place else None
    follow_reservation(reservation_id=reservation_id, window=window)


@app.periodic(cron="20 * * * *")
@app.task(queueing_lock="settle_conduct", name="reservations.settle_conduct")
def settle_conduct(timestamp: int) -> None:
    """Every hour: missing reports and clean uses. Late or repeated runs do no harm."""
    settle()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="place_closures", name="reservations.place_closures")
def place_closures(timestamp: int) -> None:
    """Enter what is due of repeating closures, and try again what bookings kept out. Late or repeated: no harm."""
    place()


@app.task(name="reservations.follow_plan", retry=RetryStrategy(max_attempts=6, exponential_wait=3))
def follow_plan(plan_id: int) -> None:
    """Enter or lift the maintenance of a plan."""
    follow_one(plan_id=plan_id)


@app.task(name="reservations.follow_faults", retry=RetryStrategy(max_attempts=6, exponential_wait=3))
def follow_faults(instrument_id: int) -> None:
    """Take an instrument out of service, or back, as its faults say."""
    follow_faults_of(instrument_id=instrument_id)


@app.task(name="reservations.revise_calendars", retry=RetryStrategy(max_attempts=6, exponential_wait=3))
def revise_after_policy(institution_id: int | None, group_id: int | None) -> None:
    """Tell the screens of an institution or a group that its time rules changed; the platform: a job for each."""
    if institution_id is None:
        jobs: list[JSONDict] = [
            {"institution_id": each, "group_id": None} for each in institutions_with_instruments()
        ]
        revise_after_policy.batch_defer(*jobs)
    else:
        revise_calendars(institution_id=institution_id, group_id=group_id)
