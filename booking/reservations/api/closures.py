"""Closures and maintenance."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.reservations import schemas
from booking.reservations.commands.close_instrument import close_instrument, closure_plan
from booking.reservations.commands.reopen_instrument import reopen_instrument
from booking.reservations.documents import ways_out_document
from booking.reservations.models import Kind
from booking.reservations.rules.window_valid import asked_window
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.replanning import Action, Step
from core.errors import Invalid
from core.schemas import Instant, Line, StrictSchema
from core.windows import zone
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument

router = Router(tags=["reservations"])


class StepIn(StrictSchema):
    """What becomes of one booking that has to give way.

    move: to start–end; twin: to another instrument, at the same time unless start and end are given; cancel;
    keep: it stays (a closure begins after it); end: it runs, and ends where the closure begins. operator: who shall
    run it there; without, who does now: where they are not free and others are, the plan is refused. A twin that
    they do not run at all is run by whoever is free.
    """

    reservation: int
    action: str = Field(pattern="^(move|twin|cancel|keep|end)$")
    start: Instant | None = None
    end: Instant | None = None
    instrument: int | None = None
    operator: schemas.OperatorKey = None
    waive: list[schemas.WaiverIn] = Field(default_factory=list, max_length=20)


class ClosureIn(StrictSchema):
    """An instrument to close. kind: closure or maintenance. affected: what becomes of the bookings in the way.

    occurrence: of a repeating closure, which has waited for this.
    """

    instrument: int
    start: Instant
    end: Instant
    reason: Line = Field(min_length=1)
    kind: str = Field("closure", pattern="^(closure|maintenance)$")
    dry_run: bool = False
    affected: list[StepIn] = Field(default_factory=list, max_length=200)
    occurrence: int | None = Field(None, ge=1, lt=2**63)


class PlainInstrument(Schema):
    """An instrument with its zone."""

    id: int
    slug: str
    name: str
    zone: str


class TwinOut(schemas.WindowOut):
    """An instrument that can stand in, free at the booking's time. operators: who would run it there instead."""

    id: int
    slug: str
    name: str
    operators: list[schemas.OperatorOut]


class NearestOut(schemas.AlternativeOut):
    """The nearest window. operators: who would run it there instead; empty: those who do now."""

    operators: list[schemas.OperatorOut]


class StepOut(Schema):
    """A step that can be sent back as it is."""

    reservation: int
    action: str
    start: datetime | None = None
    end: datetime | None = None
    instrument: int | None = None
    operator: int | Literal["any"] | None = None


class AffectedOut(schemas.WindowOut):
    """A booking that has to give way, with its ways out; the proposals of a list can all be carried out together.

    alternatives: the nearest window on the same instrument; twins: other instruments, at the same time. operators:
    who runs it now.
    """

    id: int
    instrument: PlainInstrument
    kind: str
    status: str
    zone: str
    user: schemas.PersonRef | None
    booked_by: schemas.PersonRef | None
    account: int | None
    purpose: str
    note: str
    places: int
    total_fen: int
    currency: str
    created_at: datetime
    version: int
    cancellable: bool
    editable: bool
    operators: list[schemas.OperatorOut]
    alternatives: list[NearestOut]
    twins: list[TwinOut]
    actions: list[str]
    proposal: StepOut


class ClosurePlanOut(Schema):
    """What a closure meets. id null: dry run."""

    id: int | None
    affected: list[AffectedOut]


@router.post("closures", response={200: ClosurePlanOut, 201: ClosurePlanOut})
def create_closure(request: ViewerRequest, closure: ClosureIn) -> Status[dict[str, Any]]:
    """Close an instrument; dry_run lists the bookings in the way, each with its ways out and a proposal.

    Over bookings only with `affected`, which says what becomes of each: then all of it is done, or nothing. Without
    it 409 slot_taken, with a plan that does not fit any more 409 plan_refused; both carry the list as it is now.
    """
    require_scope(request.auth, Scope.MANAGE)
    instrument = access_instrument(request.auth, closure.instrument, "operate")
    window = asked_window(closure.start, closure.end, zone=instrument.institution.zone)
    if closure.dry_run:
        tz = zone(instrument.institution.zone)
        affected = closure_plan(request.auth, instrument, window)
        return Status(200, {"id": None, "affected": [ways_out_document(way, tz) for way in affected]})
    closure_id = close_instrument(
        viewer=request.auth,
        instrument=instrument,
        window=window,
        reason=closure.reason,
        kind=Kind(closure.kind),
        plan=steps_of(instrument, closure.affected),
        occurrence_id=closure.occurrence,
    )
    return Status(201, {"id": closure_id, "affected": []})


@router.delete("closures/{int:closure_id}", response={204: None})
def delete_closure(request: ViewerRequest, closure_id: int) -> Status[None]:
    """Open the instrument again."""
    require_scope(request.auth, Scope.MANAGE)
    closure = access_reservation(request.auth, closure_id, "manage")
    reopen_instrument(viewer=request.auth, closure=closure)
    return Status(204, None)


def steps_of(instrument: Instrument, given: Sequence[StepIn]) -> list[Step]:
    """The steps of a plan as the commands take them. Raises: Invalid, RuleViolations (window_valid)."""
    return [_step(instrument, each) for each in given]


def _step(instrument: Instrument, given: StepIn) -> Step:
    if (given.start is None) != (given.end is None):
        raise Invalid(_("Give start and end together."))
    window = None
    if given.start is not None and given.end is not None:
        window = asked_window(given.start, given.end, zone=instrument.institution.zone)
    waivers = {waiver.code: waiver.reason for waiver in given.waive}
    return Step(given.reservation, Action(given.action), window, given.instrument, waivers, given.operator)
