"""API of credit and agreements."""

from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from ninja.pagination import paginate

from accounts.models import Scope
from accounts.schemas import ViewerRequest
from accounts.selectors import require_scope
from booking.conduct import schemas
from booking.conduct.commands.appeal_credit import appeal_credit
from booking.conduct.commands.decide_appeal import decide_appeal
from booking.conduct.commands.publish_agreement import publish_agreement
from booking.conduct.commands.sign_agreement import sign_agreement
from booking.conduct.commands.withdraw_agreement import withdraw_agreement
from booking.conduct.models import Agreement, CreditAppeal
from booking.conduct.selectors import (
    START,
    access_agreement,
    access_appeal,
    access_entry,
    agreements_for,
    agreements_of,
    appeals_to,
    credit_of,
    own_entries,
)
from core.errors import Invalid
from core.schemas import StrictSchema
from instruments.catalogue.selectors import access_instrument, require_manager

router = Router(tags=["conduct"])
LATEST: Final = 100


@router.get("me/credit", response=schemas.CreditOut)
def get_credit(request: ViewerRequest) -> dict[str, Any]:
    """The caller's credit and what changed it, newest first."""
    entries = list(own_entries(request.auth)[:LATEST])
    return {"credit": credit_of(request.auth.person_id), "start": START, "entries": entries}


@router.post("me/credit/{int:entry_id}/appeal", response={201: schemas.AppealOut})
def create_appeal(request: ViewerRequest, entry_id: int, body: schemas.AppealIn) -> Status[CreditAppeal]:
    """Ask the institution to take an entry back."""
    require_scope(request.auth, Scope.BOOK)
    entry = access_entry(request.auth, entry_id)
    made = appeal_credit(viewer=request.auth, entry=entry, text=body.text)
    return Status(201, access_appeal(request.auth, made.pk))


class AppealFilters(StrictSchema):
    """open: only those to be decided, or only the others."""

    open: bool | None = None


@router.get("credit/appeals", response=list[schemas.AppealOut])
@paginate
def list_appeals(request: ViewerRequest, filters: Query[AppealFilters]) -> "QuerySet[CreditAppeal]":
    """Appeals to the institutions the caller manages, newest first."""
    return appeals_to(request.auth, is_open=filters.open)


@router.post("credit/appeals/{int:appeal_id}/decide", response=schemas.AppealOut)
def decide(request: ViewerRequest, appeal_id: int, body: schemas.DecisionIn) -> CreditAppeal:
    """Grant or reject it."""
    require_scope(request.auth, Scope.MANAGE)
    appeal = access_appeal(request.auth, appeal_id, "decide")
    decide_appeal(viewer=request.auth, appeal=appeal, is_granted=body.granted, answer=body.answer)
    return access_appeal(request.auth, appeal_id)


class AgreementFilters(StrictSchema):
    """instrument: what has to be signed for it; institution: all it published that hold."""

    instrument: int | None = None
    institution: int | None = None


@router.get("agreements", response=list[schemas.AgreementOut])
@paginate
def list_agreements(request: ViewerRequest, filters: Query[AgreementFilters]) -> "QuerySet[Agreement]":
    """Texts that hold, with `signed` by the caller; instrument or institution has to be named."""
    if filters.instrument is not None:
        return agreements_for(request.auth, access_instrument(request.auth, filters.instrument))
    if filters.institution is not None:
        return agreements_of(request.auth, filters.institution)
    raise Invalid(_("Name an instrument or an institution."))


@router.post("agreements", response={201: schemas.AgreementOut})
def create_agreement(request: ViewerRequest, body: schemas.AgreementIn) -> Status[Agreement]:
    """Publish a text; it replaces the one before and has to be signed anew."""
    require_scope(request.auth, Scope.MANAGE)
    published = publish_agreement(
        viewer=request.auth,
        institution_id=_institution(request, body),
        instrument_id=body.instrument,
        text_zh=body.text_zh,
        text_en=body.text_en,
    )
    return Status(201, access_agreement(request.auth, published.pk))


@router.get("agreements/{int:agreement_id}", response=schemas.AgreementOut)
def get_agreement(request: ViewerRequest, agreement_id: int) -> Agreement:
    """One text, also one that was replaced."""
    return access_agreement(request.auth, agreement_id)


@router.post("agreements/{int:agreement_id}/sign", response=schemas.AgreementOut)
def sign(request: ViewerRequest, agreement_id: int) -> Agreement:
    """Accept it as it stands."""
    require_scope(request.auth, Scope.BOOK)
    sign_agreement(viewer=request.auth, agreement=access_agreement(request.auth, agreement_id))
    return access_agreement(request.auth, agreement_id)


@router.post("agreements/{int:agreement_id}/withdraw", response=schemas.AgreementOut)
def withdraw(request: ViewerRequest, agreement_id: int) -> Agreement:
    """Nobody has to sign it any more."""
    require_scope(request.auth, Scope.MANAGE)
    withdraw_agreement(viewer=request.auth, agreement=access_agreement(request.auth, agreement_id))
    return access_agreement(request.auth, agreement_id)


def _institution(request: ViewerRequest, body: schemas.AgreementIn) -> int:
    if (body.instrument is None) == (body.institution is None):
        raise Invalid(_("Name either an instrument or an institution."))
    if body.instrument is not None:
        return access_instrument(request.auth, body.instrument, "manage").institution_id
    assert body.institution is not None
    require_manager(request.auth, body.institution)
    return body.institution
