"""Closures that come again."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from ninja import Field, Query, Router, Schema, Status

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.calendars.recurrence import Rhythm
from booking.reservations import schemas
from booking.reservations.commands.repeat_closure import repeat_closure, repeat_plan
from booking.reservations.commands.skip_occurrence import skip_occurrence
from booking.reservations.commands.withdraw_repeating_closure import withdraw_repeating_closure
from booking.reservations.models import ClosureOccurrence, Kind, RepeatingClosure, Reservation
from booking.reservations.selectors.closures import (
    Coming,
    access_occurrence,
    access_repeating_closure,
    repeating_closures,
    waiting_occurrences,
)
from core.schemas import CalendarDate, Line, StrictSchema
from core.windows import TimeWindow, zone
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument

router = Router(tags=["reservations"])


class RepeatingClosureIn(StrictSchema):
    """A closure that comes again: every so many weeks or months from first_on on, or on dates.

    Months: on the same weekday of the month, such as its second Tuesday. starts: time of day on the wall clock.
    dry_run: nothing is entered, the answer says when it would come and what lies in its way.
    """

    instrument: int
    every: int = Field(0, ge=0, le=104)
    unit: str = Field("", pattern="^(weeks|months|)$")
    first_on: CalendarDate | None = None
    dates: list[CalendarDate] = Field(default_factory=list, max_length=60)
    starts: time
    minutes: int = Field(ge=1, le=100_000)
    until: CalendarDate | None = None
    reason: Line = Field(min_length=1)
    kind: str = Field("closure", pattern="^(closure|maintenance)$")
    dry_run: bool = False


class InTheWayOut(schemas.WindowOut):
    """A booking or another closure at that time."""

    id: int
    kind: str
    status: str
    user: schemas.PersonRef | None
    account: int | None
    purpose: str


class ComingOut(schemas.WindowOut):
    """One time at which it would come. affected: what would have to be re-planned first."""

    affected: list[InTheWayOut]


class RepeatPlanOut(Schema):
    """When a repeating closure would come in the time that can be booked. id null: dry run.

    waiting: how many of these times have something in their way; affected: how many bookings and closures that is.
    """

    id: None
    zone: str
    occurrences: list[ComingOut]
    count: int
    waiting: int
    affected: int


class WaitingOut(schemas.WindowOut):
    """An occurrence that bookings keep from being entered."""

    id: int


class RepeatingClosureOut(Schema):
    """A repeating closure. waiting: its occurrences that need re-planning first."""

    id: int
    instrument: int
    kind: str
    reason: str
    every: int | None
    unit: str
    first_on: date
    starts: time
    minutes: int
    until: date | None
    plan: int | None
    waiting: list[WaitingOut]


class RepeatingClosureList(Schema):
    """All in force, oldest first."""

    items: list[RepeatingClosureOut]
    next: None
    count: int


class RepeatingFilters(StrictSchema):
    """Of which instrument."""

    instrument: int


@router.get("repeating-closures", response=RepeatingClosureList)
def list_repeating(request: ViewerRequest, asked: Query[RepeatingFilters]) -> dict[str, Any]:
    """Repeating closures and maintenance of an instrument with the occurrences that need re-planning, for staff."""
    require_scope(request.auth, Scope.READ)
    instrument = access_instrument(request.auth, asked.instrument, "operate")
    items = _documents(instrument, repeating_closures(instrument))
    return {"items": items, "next": None, "count": len(items)}


@router.post("repeating-closures", response={200: RepeatPlanOut, 201: RepeatingClosureOut})
def create_repeating(request: ViewerRequest, wanted: RepeatingClosureIn) -> Status[dict[str, Any]]:
    """Close again and again; occurrences over bookings wait until these are re-planned; dry_run lists these."""
    require_scope(request.auth, Scope.MANAGE)
    instrument = access_instrument(request.auth, wanted.instrument, "operate")
    rhythm = Rhythm(
        start=wanted.starts,
        minutes=wanted.minutes,
        every=wanted.every,
        unit=wanted.unit,
        first_on=wanted.first_on,
        dates=tuple(sorted(set(wanted.dates))),
        until=wanted.until,
    )
    if wanted.dry_run:
        plan = repeat_plan(viewer=request.auth, instrument=instrument, rhythm=rhythm)
        return Status(200, _plan(plan, instrument.institution.zone))
    made = repeat_closure(
        viewer=request.auth, instrument=instrument, rhythm=rhythm, reason=wanted.reason, kind=Kind(wanted.kind)
    )
    return Status(201, _documents(instrument, [made])[0])


@router.delete("repeating-closures/{int:repeating_id}", response={204: None})
def delete_repeating(request: ViewerRequest, repeating_id: int) -> Status[None]:
    """It comes no more; what was entered for the time to come is lifted."""
    require_scope(request.auth, Scope.MANAGE)
    withdraw_repeating_closure(viewer=request.auth, repeating=access_repeating_closure(request.auth, repeating_id))
    return Status(204, None)


@router.post("closure-occurrences/{int:occurrence_id}/skip", response={204: None})
def skip(request: ViewerRequest, occurrence_id: int) -> Status[None]:
    """Leave out one occurrence that waits."""
    require_scope(request.auth, Scope.MANAGE)
    skip_occurrence(viewer=request.auth, occurrence=access_occurrence(request.auth, occurrence_id))
    return Status(204, None)


def _plan(plan: Sequence[Coming], zone_name: str) -> dict[str, Any]:
    tz = zone(zone_name)
    return {
        "id": None,
        "zone": zone_name,
        "occurrences": [
            {**_ends(each.window, tz), "affected": [_in_the_way(booking, tz) for booking in each.affected]}
            for each in plan
        ],
        "count": len(plan),
        "waiting": sum(bool(each.affected) for each in plan),
        "affected": len({booking.pk for each in plan for booking in each.affected}),
    }


def _in_the_way(booking: Reservation, tz: ZoneInfo) -> dict[str, Any]:
    return {
        **{name: getattr(booking, name) for name in ("id", "kind", "status", "user", "purpose")},
        **_ends(TimeWindow.of(booking.during), tz),
        "account": booking.account_id,
    }


def _ends(window: TimeWindow, tz: ZoneInfo) -> dict[str, datetime]:
    return {"start": window.starts_at.astimezone(tz), "end": window.ends_at.astimezone(tz)}


def _documents(instrument: Instrument, found: Iterable[RepeatingClosure]) -> list[dict[str, Any]]:
    tz = zone(instrument.institution.zone)
    waiting: dict[int, list[dict[str, Any]]] = {}
    for each in waiting_occurrences(instrument):
        waiting.setdefault(each.repeating_id, []).append(_waiting(each, tz))
    return [
        {
            **{name: getattr(each, name) for name in _SAME},
            "instrument": each.instrument_id,
            "plan": each.plan_id,
            "waiting": waiting.get(each.pk, []),
        }
        for each in found
    ]


_SAME = ("id", "kind", "reason", "every", "unit", "first_on", "starts", "minutes", "until")


def _waiting(occurrence: ClosureOccurrence, tz: Any) -> dict[str, Any]:
    return {
        "id": occurrence.pk,
        "start": occurrence.original_start.astimezone(tz),
        "end": occurrence.ends_at.astimezone(tz),
    }
