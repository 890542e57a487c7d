"""Reading credit, appeals and agreements, and deciding who may do what with them, in one step."""

from dataclasses import dataclass
from typing import Final, Literal

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Role
from accounts.viewers import Viewer
from booking.conduct.models import Agreement, AppealState, CreditAppeal, CreditEntry, Signature
from core.errors import Forbidden, NotFound, NotSignedIn
from instruments.catalogue.models import Instrument

Action = Literal["view", "decide"]
START: Final = 100
"""Everybody's credit before the first entry, and the most there can be."""


@dataclass(frozen=True, slots=True)
class Balance:
    """An entry and the credit after it."""

    entry: CreditEntry
    after: int


def credit_of(person_id: int) -> int:
    """A person's credit now, at most START. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conduct_credit(%s)", [person_id])
        return int(cursor.fetchone()[0])


def own_entries(viewer: Viewer) -> "QuerySet[CreditEntry]":
    """What changed the viewer's credit, newest first, with appeals. Raises: NotSignedIn."""
    entries = CreditEntry.objects.filter(person_id=viewer.person_id)
    return entries.select_related("institution", "appeal", "reversal").order_by("-pk")


def access_entry(viewer: Viewer, entry_id: int) -> CreditEntry:
    """One's own entry. Raises: NotSignedIn, NotFound."""
    entry = own_entries(viewer).filter(pk=entry_id).first()
    if entry is None:
        raise NotFound
    return entry


def appeals_to(viewer: Viewer, *, is_open: bool | None = None) -> "QuerySet[CreditAppeal]":
    """Appeals to the institutions the viewer manages, newest first. Raises: NotSignedIn, Forbidden."""
    if viewer.is_anonymous:
        raise NotSignedIn
    appeals = CreditAppeal.objects.select_related("entry__person", "institution", "decided_by")
    if not viewer.is_platform_admin:
        managed = viewer.institutions_as(Role.MANAGER, Role.ADMIN)
        if not managed:
            raise Forbidden
        appeals = appeals.filter(institution_id__in=managed)
    if is_open is not None:
        appeals = appeals.filter(state=AppealState.OPEN) if is_open else appeals.exclude(state=AppealState.OPEN)
    return appeals.order_by("-pk")


def access_appeal(viewer: Viewer, appeal_id: int, action: Action = "view") -> CreditAppeal:
    """One appeal: whoever made it sees it, managers of the institution decide it.

    Raises: NotSignedIn, NotFound, Forbidden.
    """
    person_id = viewer.person_id
    related = CreditAppeal.objects.select_related("entry__person", "institution", "decided_by")
    appeal = related.filter(pk=appeal_id).first()
    if appeal is None or not (viewer.manages(appeal.institution_id) or appeal.entry.person_id == person_id):
        raise NotFound
    if action == "decide" and not viewer.manages(appeal.institution_id):
        raise Forbidden
    return appeal


def agreements_for(viewer: Viewer, instrument: Instrument) -> "QuerySet[Agreement]":
    """The texts to sign for an instrument, each with `is_signed` by the viewer. Raises: NotSignedIn."""
    return _with_signature(viewer, _holding(instrument.institution_id).filter(_for(instrument.pk)))


def agreements_of(viewer: Viewer, institution_id: int) -> "QuerySet[Agreement]":
    """All texts of an institution that hold, each with `is_signed` by the viewer. Raises: NotSignedIn."""
    return _with_signature(viewer, _holding(institution_id))


def access_agreement(viewer: Viewer, agreement_id: int) -> Agreement:
    """One text, also one that was replaced; who may book may read. Raises: NotSignedIn, NotFound."""
    agreement = _with_signature(viewer, Agreement.objects.filter(pk=agreement_id)).first()
    if agreement is None:
        raise NotFound
    return agreement


def _holding(institution_id: int) -> "QuerySet[Agreement]":
    return Agreement.objects.filter(institution_id=institution_id, replaced_at__isnull=True)


def _for(instrument_id: int) -> Q:
    return Q(instrument__isnull=True) | Q(instrument_id=instrument_id)


def _with_signature(viewer: Viewer, agreements: "QuerySet[Agreement]") -> "QuerySet[Agreement]":
    own = Signature.objects.filter(agreement=OuterRef("pk"), person_id=viewer.person_id)
    related = agreements.select_related("institution", "instrument").defer("instrument__search")
    return related.annotate(is_signed=Exists(own)).order_by("-pk")
