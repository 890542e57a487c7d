"""What happened to people's credit, reports and agreements. Ids only."""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True)
class CreditChanged(Event):
    """An entry was written; reservation_id None: it is not about one reservation."""

    entry_id: int
    person_id: int
    institution_id: int
    reservation_id: int | None


@dataclass(frozen=True, slots=True)
class CreditAppealed(Event):
    """Somebody disagrees with an entry; the institution has to decide."""

    appeal_id: int
    entry_id: int
    person_id: int
    institution_id: int


@dataclass(frozen=True, slots=True)
class AppealDecided(Event):
    """The institution granted an appeal or did not."""

    appeal_id: int
    entry_id: int
    person_id: int
    institution_id: int
    is_granted: bool


@dataclass(frozen=True, slots=True)
class UsageReported(Event):
    """A usage report came in; had_problems: somebody should look at the instrument."""

    report_id: int
    reservation_id: int
    instrument_id: int
    had_problems: bool


@dataclass(frozen=True, slots=True)
class AgreementPublished(Event):
    """There is a new text to sign; instrument_id None: for all instruments of the institution."""

    agreement_id: int
    institution_id: int
    instrument_id: int | None
