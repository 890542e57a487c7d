"""What happened to reservations. Ids and UTC times only."""

from dataclasses import dataclass
from datetime import datetime

from core.events import Event


@dataclass(frozen=True, slots=True)
class ReservationEvent(Event):
    """Base: which reservation of which instrument, and its window."""

    reservation_id: int
    instrument_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ReservationBooked(ReservationEvent):
    """A place is taken."""


@dataclass(frozen=True, slots=True)
class ReservationRequested(ReservationEvent):
    """A place is taken, and somebody has to approve the booking until expires_at or it lapses by itself."""

    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ReservationApproved(ReservationEvent):
    """A request was agreed to: it is a booking now."""


@dataclass(frozen=True, slots=True)
class ReservationDeclined(ReservationEvent):
    """A request was refused: the place is free again."""


@dataclass(frozen=True, slots=True)
class ReservationCancelled(ReservationEvent):
    """The place is free again."""


@dataclass(frozen=True, slots=True)
class LateFeeWaived(ReservationEvent):
    """Nothing is charged any more for having given the window back late: taken again, or staff said so."""


@dataclass(frozen=True, slots=True)
class ReservationRescheduled(ReservationEvent):
    """It lies in another window now; the window is the new one."""


@dataclass(frozen=True, slots=True)
class ReservationHeld(ReservationEvent):
    """A place is kept for somebody who fills in the form; expires_at: when it lapses by itself."""

    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ReservationExpired(ReservationEvent):
    """A hold was not confirmed in time or let go, or a request not decided: the place is free again."""


@dataclass(frozen=True, slots=True)
class InstrumentClosed(ReservationEvent):
    """A closure or maintenance was entered."""


@dataclass(frozen=True, slots=True)
class ReservationCutShort(ReservationEvent):
    """A running one has to end earlier than agreed; the window is the new one."""


@dataclass(frozen=True, slots=True)
class InstrumentReopened(ReservationEvent):
    """A closure was ended early; the window is what it came to."""


@dataclass(frozen=True, slots=True)
class WaitlistOffered(ReservationEvent):
    """Freed time is held for the first person waiting, until expires_at."""

    entry_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ReservationAdvanced(ReservationEvent):
    """The clock started or completed it."""


@dataclass(frozen=True, slots=True)
class OverrunEnded(ReservationEvent):
    """Nobody checked out after its end: the clock completed it."""


@dataclass(frozen=True, slots=True)
class ReservationCheckedIn(ReservationEvent):
    """Somebody is there; the use has begun."""


@dataclass(frozen=True, slots=True)
class ReservationCheckedOut(ReservationEvent):
    """The use has ended; the window ends when it did."""


@dataclass(frozen=True, slots=True)
class ReservationNoShow(ReservationEvent):
    """Nobody came; the place is free again."""


@dataclass(frozen=True, slots=True)
class ReservationOverran(ReservationEvent):
    """A use goes on past its end; published once. next_id: who comes next on its place, within a day."""

    next_id: int | None


@dataclass(frozen=True, slots=True)
class ReservationEndMoved(ReservationEvent):
    """A running use ends later or earlier than agreed; the window is the new one."""


@dataclass(frozen=True, slots=True)
class ReservationsAffected(Event):
    """A fault took an instrument out of service: these bookings lie before its return. until None: unknown."""

    instrument_id: int
    reservation_ids: tuple[int, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class PolicyChanged(Event):
    """A value of a level that instruments share has changed; neither institution nor group: the platform's."""

    code: str
    institution_id: int | None
    group_id: int | None
