"""What the commands on a series begin with: the locks, and those of its bookings that are meant."""

from collections.abc import Sequence
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.reservations.commands.editing import Subjects, held_resources, lock_calendars, refusal_by_status
from booking.reservations.models import Reservation, ReservationSeries
from booking.reservations.selectors.access import may, reservations_visible_to
from booking.reservations.states import allows
from core import clock
from core.errors import CalendarBusy, Conflict, Forbidden, Invalid, NotFound, Stale


class SeriesScope(StrEnum):
    """Which bookings of a series: this one; it and those after it; all. What has begun is only ever `this`."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


class SeriesOver(Conflict):
    """None of the bookings that are meant can be changed any more."""

    code = "series_over"
    title = _("None of these bookings can be changed any more.")


class OccurrenceMissing(Invalid):
    """`this` and `following` without saying which one."""

    code = "occurrence_missing"
    title = _("Say which booking of the series.")


def locked_occurrences(
    viewer: Viewer,
    series: ReservationSeries,
    scope: SeriesScope,
    occurrence_id: int | None,
    command: str,
    expected_version: int | None,
    *,
    dry_run: bool,
) -> list[Reservation]:
    """Lock the calendar and read the meant bookings behind it, in order of time.

    The series is one version on, unless the caller keeps nothing (dry_run).
    occurrence_id: a reservation of the series. command: of states.TRANSITIONS.
    Raises: OccurrenceMissing, NotFound, Forbidden where one of them is not the viewer's to change, Stale,
    SeriesOver, CalendarBusy, and for scope `this` ReservationEnded or ReservationRunning.
    """
    if scope != SeriesScope.ALL and occurrence_id is None:
        raise OccurrenceMissing
    locked = _lock(series)
    _advance(series, expected_version, dry_run=dry_run)
    everyone = list(
        Reservation.objects.select_related("instrument__institution", "user", "booked_by", "account")
        .select_for_update(of=("self",), no_key=True)  # the clock advances rows without the calendar's lock
        .filter(series_id=series.pk)
        .order_by("original_start", "pk")
    )
    if not set(map(_what_is_locked, everyone)) <= locked:
        raise CalendarBusy  # one was moved to a twin instrument while this waited
    chosen = next((each for each in everyone if each.pk == occurrence_id), None)
    if occurrence_id is not None and chosen is None:
        raise NotFound
    meant = _meant(everyone, scope, chosen, command)
    _refuse_strangers(viewer, meant, chosen)
    return meant


def keep_nothing(meant: Sequence[Reservation], versions: Sequence[int]) -> None:
    """Roll back what was only tried; what is told of these bookings carries the versions they still have."""
    transaction.set_rollback(True)
    for each, version in zip(meant, versions, strict=True):
        each.version = version


def _lock(series: ReservationSeries) -> set[tuple[int, int | None, int | None]]:
    """The calendars on which its bookings lie, a closure may have moved some to a twin instrument; and whose."""
    bookings = Reservation.objects.filter(series_id=series.pk).only("instrument_id", "user_id", "account_id")
    found = set(map(_what_is_locked, bookings))
    whose = {(user_id, account_id) for _instrument, user_id, account_id in found}
    lock_calendars(
        {series.instrument_id, *(each[0] for each in found)},
        resource_ids=held_resources(Reservation.objects.filter(series_id=series.pk)),
        subjects=Subjects.of(*whose),
    )
    return found


def _refuse_strangers(viewer: Viewer, meant: Sequence[Reservation], chosen: Reservation | None) -> None:
    """One of a series can have become somebody else's. A query only where something is refused."""
    if all(may(viewer, each, "change") for each in meant):
        return
    if chosen is not None and not reservations_visible_to(viewer).filter(pk=chosen.pk).exists():
        raise NotFound
    raise Forbidden


def _what_is_locked(reservation: Reservation) -> tuple[int, int | None, int | None]:
    return reservation.instrument_id, reservation.user_id, reservation.account_id


def _advance(series: ReservationSeries, expected_version: int | None, *, dry_run: bool) -> None:
    current = ReservationSeries.objects.select_for_update(no_key=True).get(pk=series.pk)
    if expected_version is not None and current.version != expected_version:
        raise Stale(version=current.version)
    if not dry_run:
        current.version += 1
        current.save(update_fields=["version"])
    series.version = current.version


def _meant(
    everyone: list[Reservation], scope: SeriesScope, chosen: Reservation | None, command: str
) -> list[Reservation]:
    if scope == SeriesScope.THIS and chosen is not None:
        if not allows(command, chosen.status):
            raise refusal_by_status(chosen, command)
        return [chosen]
    since = everyone.index(chosen) if scope == SeriesScope.FOLLOWING and chosen is not None else 0
    now = clock.now()
    meant = [each for each in everyone[since:] if each.during.lower > now and allows(command, each.status)]
    if not meant:
        raise SeriesOver
    return meant
