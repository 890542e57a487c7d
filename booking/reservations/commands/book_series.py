"""Book a series: the same window again and again, planned as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from accounts.viewers import Viewer
from booking.calendars import recurrence
from booking.calendars.commands.extend_windows import extend_windows
from booking.calendars.commands.materialise_windows import horizon
from booking.calendars.patterns import Repeat, occurrences
from booking.reservations.commands.book import Wanted, book_behind_locks
from booking.reservations.commands.editing import Subjects, lock_calendars
from booking.reservations.commands.several import Refused, refusal_of, tried
from booking.reservations.models import Reservation, ReservationSeries
from booking.reservations.selectors.policy import policy_in_force
from booking.reservations.selectors.series import Occurrence, Series
from core.locks import retried_when_busy
from core.windows import TimeWindow
from core.windows import zone as zone_of
from instruments.catalogue.models import Instrument

_LINK: Final = """
    UPDATE reservations_reservation b SET series_id = %s, original_start = t.starts_at
    FROM unnest(%s::bigint[], %s::timestamptz[]) t (id, starts_at) WHERE b.id = t.id
"""


@dataclass(frozen=True, slots=True)
class _Plan:
    viewer: Viewer
    instrument: Instrument
    repeat: Repeat
    wanted: Wanted
    windows: Sequence[TimeWindow]
    zone: ZoneInfo


def book_series(
    *,
    viewer: Viewer,
    instrument: Instrument,
    window: TimeWindow,
    repeat: Repeat,
    wanted: Wanted,
    skip_refused: bool = False,
    dry_run: bool = False,
) -> Series:
    """Book every occurrence in one transaction, each judged behind those before it.

    window: the first, half-open, aware UTC; it repeats on the wall clock of the instrument. skip_refused: book all
    but the refused, unless that is all of them. dry_run: judge and price the same way, keep nothing.
    Raises: InvalidRepeat, RuleViolations or SlotTaken (extra: refused; not in a dry run), Forbidden, FirmUnknown,
    CalendarBusy.
    Emits: ReservationBooked and CalendarChanged, for each. Source: domain.md, "Series".
    """
    wanted.refuse_strangers(viewer, instrument.institution_id)
    zone = zone_of(instrument.institution.zone)
    plan = _Plan(viewer, instrument, repeat, wanted, occurrences(repeat, window, zone), zone)
    _see_open_windows(plan)
    return _book_series(plan, skip_refused=skip_refused, dry_run=dry_run)


def _see_open_windows(plan: _Plan) -> None:
    """Beyond the usual horizon no opening hours are known; only without a booking window may one book there."""
    last = plan.windows[-1].ends_at.astimezone(plan.zone).date()
    if last < horizon(plan.zone):
        return
    tier = plan.viewer.tier_at(plan.instrument.institution_id, plan.wanted.account_id)
    if policy_in_force(plan.instrument, tier)["booking_window"].value is None:
        extend_windows(instrument_id=plan.instrument.pk, until_on=last + timedelta(days=2))


@retried_when_busy
def _book_series(plan: _Plan, *, skip_refused: bool, dry_run: bool) -> Series:
    lock_calendars([plan.instrument.pk], subjects=Subjects.of(plan.wanted.whose(plan.viewer)))
    booked: list[Reservation] = []
    refused: list[Refused] = []
    for item, window in enumerate(plan.windows):
        broken = tried(item, plan.instrument, window, partial(_book_one, plan, window, booked, told=not dry_run))
        if broken:
            refused.append(broken)
    if dry_run:
        transaction.set_rollback(True)
        return _outcome(plan, None, booked, refused)
    if refused and not (skip_refused and booked):
        raise refusal_of(refused)
    return _outcome(plan, _kept(plan, booked), booked, refused)


def _book_one(plan: _Plan, window: TimeWindow, booked: list[Reservation], *, told: bool) -> None:
    made = book_behind_locks(
        plan.viewer, plan.instrument, window, plan.wanted, {}, with_alternatives=False, told=told
    )
    booked.append(made)


def _kept(plan: _Plan, booked: Sequence[Reservation]) -> ReservationSeries:
    """The series of these bookings; the product alone writes it, so it stands in no history."""
    pattern = recurrence.store_pattern(plan.repeat, plan.windows, plan.zone)
    series = ReservationSeries.objects.create(instrument_id=plan.instrument.pk, pattern=pattern)
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [series.pk, [each.pk for each in booked], [each.during.lower for each in booked]])
    for each in booked:
        each.series_id, each.original_start = series.pk, each.during.lower
    return series


def _outcome(
    plan: _Plan, series: ReservationSeries | None, booked: Sequence[Reservation], refused: Sequence[Refused]
) -> Series:
    found = [
        Occurrence(window.starts_at, window, reservation)
        for reservation in booked
        for window in (TimeWindow.of(reservation.during),)
    ]
    found += [Occurrence(each.window.starts_at, each.window, None, each.violations) for each in refused]
    first = plan.windows[0].starts_at.astimezone(plan.zone).date()
    ordered = tuple(sorted(found, key=lambda each: each.original_start))
    return Series(plan.instrument, plan.repeat.resolved(first), series, ordered)
