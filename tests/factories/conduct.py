"""Qualifications and credit for tests."""

from collections.abc import Sequence
from typing import Any

from accounts.models import Institution
from accounts.viewers import Viewer
from booking.conduct.commands.change_credit import change_credit
from booking.conduct.models import CreditEntry, Reason
from instruments.catalogue.models import Instrument, InstrumentGroup
from instruments.qualifications.commands.grant_qualification import grant_qualification
from instruments.qualifications.models import Level, Qualification
from instruments.qualifications.selectors import Subject
from tests.factories.accounts import make_institution, manager_of


def make_group(institution: Institution, *instruments: Instrument) -> InstrumentGroup:
    """A group of an institution with these instruments."""
    group = InstrumentGroup.objects.create(institution=institution, name_en="Microscopes")
    for instrument in instruments:
        instrument.group = group
        instrument.save(update_fields=["group"])
    return group


def qualified(
    person: Viewer, subject: Instrument | InstrumentGroup, level: Level = Level.INDEPENDENT, **more: Any
) -> Qualification:
    """A person's qualification, granted by a manager now."""
    what = Subject.of_instrument(subject) if isinstance(subject, Instrument) else Subject.of_group(subject)
    return grant_qualification(
        viewer=manager_of(subject.institution), person_id=person.person_id, subject=what, level=level, **more
    )


def credited(
    person: Viewer, changes: Sequence[int], institution: Institution | None = None, first: int = 1
) -> list[CreditEntry | None]:
    """A person's credit changes one after the other, each for a reservation of its own. first: its id."""
    place = institution or make_institution()
    return [
        change_credit(
            person_id=person.person_id,
            institution_id=place.pk,
            reason=Reason.NO_SHOW if change < 0 else Reason.CLEAN_USE,
            change=change,
            reservation_id=first + n,
        )
        for n, change in enumerate(changes)
    ]
