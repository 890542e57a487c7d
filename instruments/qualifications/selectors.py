"""Reading qualifications and trainings, and deciding who may do what with them, in one step."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.viewers import Viewer
from core.errors import Forbidden, NotFound, NotSignedIn
from core.windows import zone
from instruments.catalogue.models import Instrument, InstrumentGroup
from instruments.catalogue.selectors import access_instrument, visible_to
from instruments.qualifications.errors import PersonUnknown, QualificationInvalid
from instruments.qualifications.models import Qualification, TrainingSession

Action = Literal["view", "manage"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a qualification is for: one instrument, or all of a group. zone: the institution's."""

    institution_id: int
    zone: ZoneInfo
    instrument_id: int | None = None
    group_id: int | None = None

    @classmethod
    def of_instrument(cls, instrument: Instrument) -> "Subject":
        return cls(instrument.institution_id, zone(instrument.institution.zone), instrument_id=instrument.pk)

    @classmethod
    def of_group(cls, group: InstrumentGroup) -> "Subject":
        return cls(group.institution_id, zone(group.institution.zone), group_id=group.pk)


def access_subject(viewer: Viewer, *, instrument_id: int | None, group_id: int | None) -> Subject:
    """An instrument or a group at which the viewer works.

    Raises: QualificationInvalid unless it is one of the two, NotSignedIn, NotFound, Forbidden.
    """
    if (instrument_id is None) == (group_id is None):
        raise QualificationInvalid(_("Name either an instrument or a group."))
    if instrument_id is not None:
        return Subject.of_instrument(access_instrument(viewer, instrument_id, "operate"))
    group = InstrumentGroup.objects.select_related("institution").filter(pk=group_id or 0).first()
    if viewer.is_anonymous:
        raise NotSignedIn
    if group is None:
        raise NotFound
    if not viewer.staffs(group.institution_id):
        raise Forbidden
    return Subject.of_group(group)


def person_by_email(email: str) -> User:
    """Somebody with an active account. Raises: PersonUnknown."""
    person = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise PersonUnknown
    return person


def people_by_email(addresses: Iterable[str]) -> dict[str, User]:
    """Those of the addresses that have an active account, by the address in small letters. One query."""
    wanted = {address.strip().lower() for address in addresses}
    return {person.email: person for person in User.objects.filter(email__in=wanted, is_active=True)}


def own_qualifications(viewer: Viewer) -> "QuerySet[Qualification]":
    """The viewer's, expired and revoked ones too, newest first. Raises: NotSignedIn."""
    return _related(Qualification.objects.filter(person_id=viewer.person_id))


def qualifications_at(viewer: Viewer, institution_id: int) -> "QuerySet[Qualification]":
    """Those an institution granted, newest first. Raises: Forbidden unless the viewer works there."""
    if not viewer.staffs(institution_id):
        raise Forbidden
    return _related(Qualification.objects.filter(institution_id=institution_id))


def access_qualification(viewer: Viewer, qualification_id: int, action: Action = "view") -> Qualification:
    """One qualification: its holder sees it, the institution's staff manage it.

    Raises: NotSignedIn, NotFound, Forbidden.
    """
    person_id = viewer.person_id
    found = _related(Qualification.objects.filter(pk=qualification_id)).first()
    if found is None or not (viewer.staffs(found.institution_id) or found.person_id == person_id):
        raise NotFound
    if action == "manage" and not viewer.staffs(found.institution_id):
        raise Forbidden
    return found


def trainings(viewer: Viewer, *, instrument_id: int | None = None) -> "QuerySet[TrainingSession]":
    """Sessions on instruments that the viewer may see, newest first. Raises: NotSignedIn."""
    if viewer.is_anonymous:
        raise NotSignedIn
    sessions = TrainingSession.objects.filter(instrument__in=visible_to(viewer))
    if instrument_id is not None:
        sessions = sessions.filter(instrument_id=instrument_id)
    related = sessions.select_related("instrument__institution", "group", "trainer")
    return related.prefetch_related("taken_seats__person").order_by("-pk")


def trainings_at(viewer: Viewer, institution_id: int, *, since: datetime) -> "QuerySet[TrainingSession]":
    """An institution's that end after an instant and were not called off, in the order of their time.

    Raises: NotSignedIn, Forbidden unless the viewer works there.
    """
    if not viewer.staffs(institution_id):
        raise Forbidden
    found = trainings(viewer).filter(instrument__institution_id=institution_id, during__endswith__gt=since)
    return found.filter(cancelled_at__isnull=True).defer("instrument__search").order_by("during", "pk")


def access_training(viewer: Viewer, training_id: int, action: Action = "view") -> TrainingSession:
    """One session: whoever sees the instrument sees it, the institution's staff manage it.

    Raises: NotSignedIn, NotFound, Forbidden.
    """
    session = trainings(viewer).filter(pk=training_id).first()
    if session is None:
        raise NotFound
    if action == "manage" and not viewer.staffs(session.instrument.institution_id):
        raise Forbidden
    return session


def _related(found: "QuerySet[Qualification]") -> "QuerySet[Qualification]":
    related = found.select_related("person", "institution", "instrument", "group", "granted_by")
    return related.defer("instrument__search").order_by("-pk")
