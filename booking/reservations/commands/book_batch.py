"""Book several windows or instruments together: all or nothing, or all but the refused."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from math import ceil
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.viewers import Viewer
from booking.reservations.commands.book import book_behind_locks
from booking.reservations.commands.editing import Subjects, lock_calendars
from booking.reservations.commands.several import Refused, Several, Wish, instruments_of, refusal_of, tried
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import Violation
from core.errors import Invalid
from core.locks import retried_when_busy

MOST_ITEMS: Final = 100
"""Bookings in one batch, and so calendars locked at a time."""

_HOUR: Final = timedelta(hours=1)


class InvalidBatch(Invalid):
    """Not a batch: nothing in it, too much, or a route that does not fit its stages."""

    code = "batch_invalid"
    title = gettext_lazy("These bookings can't be made together.")


def book_batch(
    *,
    viewer: Viewer,
    wishes: Sequence[Wish],
    partial_ok: bool = False,
    route: Sequence[int | None] | None = None,
) -> Several:
    """Book up to MOST_ITEMS windows in one transaction, each judged behind those before it.

    partial_ok: book all but the refused, unless that is all. route: the wishes are stages in order of time; for
    each after the first, hours within which it must begin once the one before has ended (None: whenever); booked
    as a whole.
    Raises: RuleViolations or SlotTaken (extra: refused), WaiverRefused, Forbidden, FirmUnknown, InvalidBatch,
    CalendarBusy.
    Emits: ReservationBooked and CalendarChanged, for each.
    """
    if not 1 <= len(wishes) <= MOST_ITEMS:
        raise InvalidBatch(_("A batch has 1 to %(most)d items.") % {"most": MOST_ITEMS})
    if route is not None and (partial_ok or len(route) != len(wishes) - 1):
        raise InvalidBatch(_("A route names one limit for each stage after the first, and is booked as a whole."))
    for wish in wishes:
        wish.wanted.refuse_strangers(viewer, wish.instrument.institution_id)
    return _book_batch(viewer, wishes, partial_ok, route_gaps(wishes, route or ()))


@retried_when_busy
def _book_batch(viewer: Viewer, wishes: Sequence[Wish], partial_ok: bool, gaps: dict[int, Violation]) -> Several:
    whose = {wish.wanted.whose(viewer) for wish in wishes}
    lock_calendars(instruments_of(wishes), subjects=Subjects.of(*whose))
    booked: list[Reservation] = []
    refused: list[Refused] = []
    for item, wish in enumerate(wishes):
        broken = tried(item, wish.instrument, wish.window, partial(_book_one, viewer, wish, booked))
        if item in gaps:
            broken = (broken or _only_late(item, wish)).joined_by(gaps[item])
        if broken:
            refused.append(broken)
    if refused and not (partial_ok and booked):
        raise refusal_of(refused)
    return Several(tuple(booked), tuple(refused))


def _book_one(viewer: Viewer, wish: Wish, booked: list[Reservation]) -> None:
    booked.append(book_behind_locks(viewer, wish.instrument, wish.window, wish.wanted, wish.waivers))


def _only_late(item: int, wish: Wish) -> Refused:
    return Refused(item, wish.instrument.pk, wish.window, wish.instrument.institution.zone, (), ())


def route_gaps(stages: Sequence[Wish], limits: Sequence[int | None]) -> dict[int, Violation]:
    """By item: a stage that begins before the one before ends, or more than so many hours after it."""
    found: dict[int, Violation] = {}
    for item, (before, after, hours) in enumerate(zip(stages, stages[1:], limits, strict=False), start=1):
        gap = after.window.starts_at - before.window.ends_at
        if gap < timedelta(0) or (hours is not None and gap > hours * _HOUR):
            found[item] = Violation("route_gap", _route_words(gap, hours), limit=hours, actual=ceil(gap / _HOUR))
    return found


def _route_words(gap: timedelta, hours: int | None) -> str:
    if gap < timedelta(0):
        return _("This stage begins before the one before it ends.")
    return _("This stage must begin within %(hours)d hours after the one before it ends.") % {"hours": hours}
