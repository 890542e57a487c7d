"""Closures and maintenance."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from ninja import Router, Status

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
from core.windows import zone
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument

router = Router(tags=["reservations"])


@router.post("closures", response={200: schemas.ClosurePlanOut, 201: schemas.ClosurePlanOut})
def create_closure(request: ViewerRequest, closure: schemas.ClosureIn) -> Status[dict[str, Any]]:
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
    )
    return Status(201, {"id": closure_id, "affected": []})


@router.delete("closures/{int:closure_id}", response={204: None})
def delete_closure(request: ViewerRequest, closure_id: int) -> Status[None]:
    """Open the instrument again."""
    require_scope(request.auth, Scope.MANAGE)
    closure = access_reservation(request.auth, closure_id, "manage")
    reopen_instrument(viewer=request.auth, closure=closure)
    return Status(204, None)


def steps_of(instrument: Instrument, given: Sequence[schemas.StepIn]) -> list[Step]:
    """The steps of a plan as the commands take them. Raises: Invalid, RuleViolations (window_valid)."""
    return [_step(instrument, each) for each in given]


def _step(instrument: Instrument, given: schemas.StepIn) -> Step:
    if (given.start is None) != (given.end is None):
        raise Invalid(_("Give start and end together."))
    window = None
    if given.start is not None and given.end is not None:
        window = asked_window(given.start, given.end, zone=instrument.institution.zone)
    waivers = {waiver.code: waiver.reason for waiver in given.waive}
    return Step(given.reservation, Action(given.action), window, given.instrument, waivers)
