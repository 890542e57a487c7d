"""The values of rules and processes: of one instrument, an institution, the platform."""

from typing import Any

from ninja import Router

from accounts.models import Institution, Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import access_institution, require_scope
from accounts.viewers import Viewer
from booking.reservations.commands.set_policy_value import InvalidPolicyValue, set_policy_value
from booking.reservations.commands.set_shared_policy_value import set_shared_policy_value
from booking.reservations.policy_values import INHERIT, Inherit
from booking.reservations.schemas import policy as schemas
from booking.reservations.selectors.policy_levels import policy_at
from core.errors import Forbidden, NotSignedIn
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument

router = Router(tags=["reservations"])


@router.get("instruments/{int:instrument_id}/policy", response=list[schemas.PolicyOut])
def get_instrument_policy(request: ViewerRequest, instrument_id: int) -> list[dict[str, Any]]:
    """Every value at an instrument, what is in force and the level it comes from, by tier. For its managers."""
    return _listed(access_instrument(request.auth, instrument_id, "manage"))


@router.put("instruments/{int:instrument_id}/policy/{code}", response=schemas.PolicyOut)
def put_instrument_policy(
    request: ViewerRequest, instrument_id: int, code: str, body: schemas.PolicyIn
) -> dict[str, Any]:
    """Set a value, lift the limit (null), or inherit again. Bookings that exist stay as they are."""
    require_scope(request.auth, Scope.MANAGE)
    instrument = access_instrument(request.auth, instrument_id, "manage")
    set_policy_value(viewer=request.auth, instrument=instrument, code=code, value=_wanted(body), tier=body.tier)
    return schemas.policy_document(policy_at(instrument)[code])


@router.get("institutions/{int:institution_id}/policy", response=list[schemas.PolicyOut])
def get_institution_policy(request: ViewerRequest, institution_id: int) -> list[dict[str, Any]]:
    """Every value at an institution, for its managers."""
    return _listed(_managed(request.auth, institution_id))


@router.put("institutions/{int:institution_id}/policy/{code}", response=schemas.PolicyOut)
def put_institution_policy(
    request: ViewerRequest, institution_id: int, code: str, body: schemas.PolicyIn
) -> dict[str, Any]:
    """The same for all instruments of an institution that have no nearer value."""
    require_scope(request.auth, Scope.MANAGE)
    return _put(request.auth, _managed(request.auth, institution_id), code, body)


@router.get("policy", response=list[schemas.PolicyOut])
def get_platform_policy(request: ViewerRequest) -> list[dict[str, Any]]:
    """Every value of the platform, for its administrators."""
    _refuse_others(request.auth)
    return _listed(None)


@router.put("policy/{code}", response=schemas.PolicyOut)
def put_platform_policy(request: ViewerRequest, code: str, body: schemas.PolicyIn) -> dict[str, Any]:
    """The same for all instruments of the platform that have no nearer value."""
    require_scope(request.auth, Scope.MANAGE)
    _refuse_others(request.auth)
    return _put(request.auth, None, code, body)


def _put(viewer: Viewer, at: Institution | None, code: str, body: schemas.PolicyIn) -> dict[str, Any]:
    set_shared_policy_value(viewer=viewer, at=at, code=code, value=_wanted(body), tier=body.tier)
    return schemas.policy_document(policy_at(at)[code])


def _listed(at: Instrument | Institution | None) -> list[dict[str, Any]]:
    return [schemas.policy_document(each) for each in policy_at(at).values()]


def _wanted(body: schemas.PolicyIn) -> int | Inherit | None:
    """Unlimited has to be said: a body without a value means nothing."""
    if body.inherit:
        return INHERIT
    if "value" not in body.model_fields_set:
        raise InvalidPolicyValue
    return body.value


def _managed(viewer: Viewer, institution_id: int) -> Institution:
    institution = access_institution(viewer, institution_id)
    if not viewer.manages(institution.pk):
        raise NotSignedIn if viewer.is_anonymous else Forbidden
    return institution


def _refuse_others(viewer: Viewer) -> None:
    if not viewer.is_platform_admin:
        raise NotSignedIn if viewer.is_anonymous else Forbidden
