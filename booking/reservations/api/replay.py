"""Values tried on past bookings: what they would have refused. Nothing is written."""

from typing import Any
from zoneinfo import ZoneInfo

from ninja import Router

from accounts.models import Institution, Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import access_institution, require_scope
from accounts.viewers import Viewer
from booking.reservations.commands.policy_writing import InvalidPolicyValue, refuse_impossible
from booking.reservations.documents import violation_document
from booking.reservations.rules.registry import Rule
from booking.reservations.schemas import replay as schemas
from booking.reservations.selectors.replay import Refused, Replay, replay
from core.errors import Forbidden, NotSignedIn
from core.windows import zone
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument

router = Router(tags=["reservations"])


@router.post("instruments/{int:instrument_id}/policy/replay", response=schemas.ReplayOut)
def replay_at_instrument(request: ViewerRequest, instrument_id: int, body: schemas.ReplayIn) -> dict[str, Any]:
    """What values at an instrument would have refused of its past bookings; for its managers. Changes nothing."""
    require_scope(request.auth, Scope.MANAGE)
    return _replayed(access_instrument(request.auth, instrument_id, "manage"), body)


@router.post("institutions/{int:institution_id}/policy/replay", response=schemas.ReplayOut)
def replay_at_institution(request: ViewerRequest, institution_id: int, body: schemas.ReplayIn) -> dict[str, Any]:
    """The same for values at an institution, by the bookings of all its instruments; nearer values stay."""
    require_scope(request.auth, Scope.MANAGE)
    return _replayed(_managed_institution(request.auth, institution_id), body)


def _replayed(at: Instrument | Institution, body: schemas.ReplayIn) -> dict[str, Any]:
    for each in body.values:
        if not each.inherit and "value" not in each.model_fields_set:
            raise InvalidPolicyValue
    changes = schemas.changes_of(body)
    for (code, tier), value in changes.items():
        refuse_impossible(code, value, tier)
    institution = at.institution if isinstance(at, Instrument) else at
    return _document(replay(at, changes, months=body.months), zone(institution.zone))


def _managed_institution(viewer: Viewer, institution_id: int) -> Institution:
    institution = access_institution(viewer, institution_id)
    if not viewer.manages(institution.pk):
        raise NotSignedIn if viewer.is_anonymous else Forbidden
    return institution


def _document(found: Replay, tz: ZoneInfo) -> dict[str, Any]:
    """schemas.ReplayOut."""
    return {
        "since": found.since.astimezone(tz),
        "until": found.until.astimezone(tz),
        "zone": tz.key,
        "judged": found.judged,
        "incomplete": found.is_incomplete,
        "refused": found.refused,
        "refused_today_too": found.today_too,
        "let_through": found.let_through,
        "without_hours": found.without_hours,
        "rules": [
            {**_named(each.rule), "refused": each.refused, "refused_today_too": each.today_too}
            for each in found.rules
        ],
        "bookings": [_refused(each, tz) for each in found.bookings],
        "bookings_today_too": [_refused(each, tz) for each in found.bookings_today_too],
        "not_judged": [_named(each) for each in found.not_judged],
    }


def _named(rule: Rule) -> dict[str, str]:
    return {"code": rule.code, "title": str(rule.title)}


def _refused(each: Refused, tz: ZoneInfo) -> dict[str, Any]:
    booking = each.reservation
    return {
        "reservation": booking.pk,
        "instrument": booking.instrument_id,
        "instrument_name": booking.instrument.name,
        "status": booking.status,
        "start": each.window.starts_at.astimezone(tz),
        "end": each.window.ends_at.astimezone(tz),
        "made_at": each.made_at.astimezone(tz),
        "user": str(booking.user),
        "violations": [violation_document(violation, tz) for violation in each.violations],
        "today": list(each.present),
    }
