"""Bookings that lost their ground, and what becomes of them."""

from typing import Any

from ninja import Field, Query, Router, Schema

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.reservations.api.closures import AffectedOut, StepIn, steps_of
from booking.reservations.commands.replan_bookings import replan_bookings
from booking.reservations.documents import ways_out_document
from booking.reservations.selectors.displaced import displaced_ways
from core.schemas import Line, StrictSchema
from core.windows import zone
from instruments.catalogue.selectors import access_instrument

router = Router(tags=["reservations"])


class ReplanIn(StrictSchema):
    """What becomes of bookings that lost their ground. places: those on places beyond this number."""

    instrument: int
    reason: Line = Field(min_length=1)
    affected: list[StepIn] = Field(min_length=1, max_length=200)
    places: int | None = Field(None, ge=1, le=200)


class DisplacedOut(AffectedOut):
    """A booking and why it is listed: hours, suspended, places."""

    cause: str


class DisplacedList(Schema):
    """All of them, soonest first; at most 200."""

    items: list[DisplacedOut]
    next: None
    count: int


class ReplannedOut(Schema):
    """How many bookings the plan was carried out for."""

    count: int


class DisplacedFilters(StrictSchema):
    """Which instrument. places: list those on places beyond this number instead."""

    instrument: int
    places: int | None = Field(None, ge=1, le=200)


@router.get("replanning", response=DisplacedList)
def list_displaced(request: ViewerRequest, asked: Query[DisplacedFilters]) -> dict[str, Any]:
    """Bookings outside the opening hours or on a suspended instrument, with their ways out, for staff."""
    require_scope(request.auth, Scope.READ)
    instrument = access_instrument(request.auth, asked.instrument, "operate")
    tz = zone(instrument.institution.zone)
    ways = displaced_ways(request.auth, instrument, places=asked.places)
    items = [{"cause": cause.value, **ways_out_document(way, tz)} for cause, way in ways]
    return {"items": items, "next": None, "count": len(items)}


@router.post("replanning", response=ReplannedOut)
def replan(request: ViewerRequest, plan: ReplanIn) -> dict[str, int]:
    """Carry out steps for some or all of them; all of it, or 409 plan_refused with the list as it is now."""
    require_scope(request.auth, Scope.MANAGE)
    instrument = access_instrument(request.auth, plan.instrument, "operate")
    count = replan_bookings(
        viewer=request.auth,
        instrument=instrument,
        plan=steps_of(instrument, plan.affected),
        reason=plan.reason,
        places=plan.places,
    )
    return {"count": count}
