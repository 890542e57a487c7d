"""What all commands begin with: the locks, and the reservation as it stands behind them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import connection
from django.db.models import QuerySet
from psycopg.types.range import TimestamptzRange

from booking.calendars import functions
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Claim
from booking.reservations.errors import (
    HoldLapsed,
    HoldStays,
    NotRequested,
    ReservationEnded,
    ReservationNotBegun,
    ReservationRunning,
)
from booking.reservations.events import ReservationBooked, ReservationExpired, ReservationRequested
from booking.reservations.models import Reservation, Status
from booking.reservations.selectors.cancelling import GivenBack, share_of
from booking.reservations.states import TRANSITIONS, allows
from core import clock
from core.errors import DomainError, NotFound, Stale
from core.events import publish
from core.windows import TimeWindow

_LOCK = "SELECT * FROM reservation_lock(%s::bigint[], %s::bigint[], %s, %s::bigint[], %s::bigint[], %s, %s)"


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whose bookings the rules count when a command takes time: the beneficiaries, and the firms it is for.

    holds: the people's holds are counted as well, whatever the rules say.
    """

    people: frozenset[int] = frozenset()
    firms: frozenset[int] = frozenset()
    holds: bool = False

    @classmethod
    def of(cls, *whose: tuple[int | None, int | None], holds: bool = False) -> "Subjects":
        """From (user id, account id) of each booking."""
        people = frozenset(user_id for user_id, _ in whose if user_id is not None)
        return cls(people, frozenset(firm_id for _, firm_id in whose if firm_id is not None), holds)


NOBODY: Final = Subjects()


def held_resources(reservations: QuerySet[Reservation]) -> set[int]:
    """What these hold, needed still or not: to be locked where their claims may be released. One query."""
    return set(Claim.objects.filter(reservation__in=reservations).values_list("resource_id", flat=True))


def lock_calendars(
    instrument_ids: Collection[int],
    *,
    resource_ids: Collection[int] = (),
    reservation_id: int | None = None,
    subjects: Subjects = NOBODY,
) -> None:
    """Take the locks of a command, all in one call; lapsed holds and undecided requests there are let go.

    resource_ids: shared resources or operators to lock too (see held_resources); those that the instruments need
    now are locked anyway.
    reservation_id: what it holds is locked too, needed still or not.
    subjects: locked after the calendars where a counted rule applies to one of them; whoever takes or moves time
    names them, so that parallel commands can't pass a cap together.
    Waits at most 3 s; core.locks.retried_when_busy turns the failure into CalendarBusy.
    Emits: ReservationExpired, CalendarChanged for each of those. Source: engine.md, "One transaction".
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _LOCK,
            [
                sorted(set(instrument_ids)),
                sorted(set(resource_ids)),
                reservation_id,
                list(subjects.people),
                list(subjects.firms),
                subjects.holds,
                clock.now(),
            ],
        )
        lapsed = cursor.fetchall()
    for key, instrument_id, starts_at, ends_at in lapsed:
        publish(ReservationExpired(key, instrument_id, starts_at, ends_at))
        announce(instrument_id, TimeWindow(starts_at, ends_at))


def locked_for_change(
    reservation: Reservation, expected_version: int | None, command: str, *, subjects: Subjects = NOBODY
) -> Reservation:
    """Lock the calendar and read the reservation again behind the lock.

    command: of states.TRANSITIONS. subjects: whose bookings count, if it takes or moves time.
    Raises: ReservationNotBegun, ReservationRunning, ReservationEnded, HoldLapsed, HoldStays, NotRequested where the
    status does not allow the command, Stale when somebody changed it since version `expected_version`.
    """
    lock_calendars([reservation.instrument_id], reservation_id=reservation.pk, subjects=subjects)
    current = (
        Reservation.objects.select_related("instrument__institution", "user", "booked_by", "account")
        .select_for_update(of=("self",), no_key=True)  # the clock advances rows without the calendar's lock
        .filter(pk=reservation.pk)
        .first()
    )
    if current is None:
        raise NotFound
    if expected_version is not None and current.version != expected_version:
        raise Stale(version=current.version)
    if not allows(command, current.status):
        raise refusal_by_status(current, command)
    return current


def refusal_by_status(current: Reservation, command: str) -> DomainError:
    """Why a reservation in this status can't take this command."""
    return _refusal(current, command)(reservation_status=current.status)


def _refusal(current: Reservation, command: str) -> type[DomainError]:
    """It may be too early, just now, or too late for a command."""
    if TRANSITIONS[command].sources == (Status.REQUESTED,):
        return NotRequested
    if current.status == Status.EXPIRED and current.hold_expires_at is not None:
        return HoldLapsed
    if current.status == Status.HELD and command == "reschedule":
        return HoldStays
    if allows("cancel", current.status) and Status.IN_USE in TRANSITIONS[command].sources:
        return ReservationNotBegun
    return ReservationRunning if current.status == Status.IN_USE else ReservationEnded


def announce(instrument_id: int, *windows: TimeWindow, revision: int | None = None, turnaround: int = 0) -> None:
    """Publish that a calendar changed in the hull of these windows and the turnaround (minutes) around them.

    revision: of the instrument alone, where it shares nothing with others; otherwise theirs are read and told too.
    """
    around = timedelta(minutes=turnaround)
    starts_at = min(window.starts_at for window in windows) - around
    ends_at = max(window.ends_at for window in windows) + around
    revisions = functions.revisions_around(instrument_id) if revision is None else {instrument_id: revision}
    for changed_id, number in revisions.items():
        publish(CalendarChanged(changed_id, number, starts_at, ends_at))


def tell_booked(reservation: Reservation) -> None:
    """Publish what booking came to: a booking, or a request while it waits for approval."""
    window = TimeWindow.of(reservation.during)
    what = (reservation.pk, reservation.instrument_id, window.starts_at, window.ends_at)
    until = reservation.request_expires_at
    publish(ReservationBooked(*what) if until is None else ReservationRequested(*what, until))


def note_late(current: Reservation, lost: GivenBack | None) -> tuple[str, ...]:
    """Note on the row what is given back late, and the fee; returns the fields to save.

    Parts add up, but never beyond the share of the highest price it had: who moves late and then cancels late pays
    once.
    """
    if lost is None:
        return ()
    owed = 0 if current.fee_waived else current.fee_fen
    noted = current.quote.get("late", {})
    dearest_fen = max(current.total_fen, noted.get("dearest_fen", 0))
    most_fen = max(owed, lost.fee_fen, share_of(current, dearest_fen))
    given_back = _together(current, lost.window) if owed else lost.window
    current.late_during = TimestamptzRange(given_back.starts_at, given_back.ends_at)
    current.fee_fen, current.fee_waived = min(owed + lost.fee_fen, most_fen), False
    whole = lost.whole or noted.get("whole", False)
    current.quote = current.quote | {"late": {"dearest_fen": dearest_fen, "whole": whole}}
    return ("late_during", "fee_fen", "fee_waived", "quote")


def _together(current: Reservation, window: TimeWindow) -> TimeWindow:
    """With the part that was given back before, if that was its end."""
    before = TimeWindow.of(current.late_during)
    turnaround = timedelta(minutes=current.turnaround_minutes)
    if window.starts_at <= before.starts_at <= window.ends_at + turnaround <= before.ends_at + turnaround:
        return TimeWindow(window.starts_at, before.ends_at)
    return window
