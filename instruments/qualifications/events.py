"""What happened to qualifications. Ids only."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True)
class QualificationEvent(Event):
    """Base: which qualification, whose, and of which institution."""

    qualification_id: int
    person_id: int
    institution_id: int


@dataclass(frozen=True, slots=True)
class QualificationGranted(QualificationEvent):
    """Somebody may do more, or for longer, than before."""


@dataclass(frozen=True, slots=True)
class QualificationExtended(QualificationEvent):
    """It ends later."""


@dataclass(frozen=True, slots=True)
class QualificationRevoked(QualificationEvent):
    """It does not hold any more."""
