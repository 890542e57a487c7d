"""Book one instrument for one window."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from accounts.viewers import Viewer
from booking.intake.answers import Filled
from booking.reservations.commands.editing import Subjects, announce, lock_calendars, tell_booked
from booking.reservations.commands.filling import filled_columns
from booking.reservations.commands.refusing import keep_waivers, refuse_unless_waived
from booking.reservations.commands.refusing import told as told_why
from booking.reservations.commands.writing import quote_document, write
from booking.reservations.errors import SlotTaken
from booking.reservations.models import Kind, Reservation, Status
from booking.reservations.rules.registry import Context
from booking.reservations.selectors.access import as_written
from booking.reservations.selectors.beneficiaries import refuse_strangers
from booking.reservations.selectors.contexts import read_context
from booking.reservations.selectors.verdicts import Verdict, verdict_on
from core import history
from core.locks import retried_when_busy
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to book besides instrument and window. account_id: the firm it is for.

    on_behalf: the firm is not the caller's own, and it names no person: nobody's caps and credit count but its own.
    operator_id: who shall run it, by the resource; None: whoever is free, where the instrument needs one.
    filled: what was filled in; None: that comes later, access_mode is all that is known of it.
    """

    purpose: str = ""
    note: str = ""
    places: int = 1
    account_id: int | None = None
    operator_id: int | None = None
    filled: Filled | None = field(default_factory=Filled)
    on_behalf: bool = False
    access_mode: str = ""

    @property
    def mode(self) -> str:
        """The access mode that was named; empty: none."""
        return self.filled.access_mode if self.filled else self.access_mode

    def unless_named(self, mode: str) -> "Wanted":
        """The same, in this access mode where it names none."""
        if self.mode or not mode:
            return self
        filled = replace(self.filled, access_mode=mode) if self.filled else None
        return replace(self, filled=filled, access_mode=mode)

    @property
    def declares(self) -> bool | None:
        """Whether samples are declared; None: not asked yet."""
        return None if self.filled is None else self.filled.sample is not None

    def person_of(self, viewer: Viewer) -> int | None:
        """Whose booking it becomes; None: the firm's alone."""
        return None if self.on_behalf else viewer.user_id

    def whose(self, viewer: Viewer) -> tuple[int | None, int | None]:
        """(user id, account id) of the beneficiary, whose bookings count."""
        return self.person_of(viewer), self.account_id

    def refuse_strangers(self, viewer: Viewer, institution_id: int) -> None:
        """Raises: NotSignedIn, Forbidden, FirmUnknown, for who may not book there for this firm."""
        refuse_strangers(viewer, self.account_id, behalf_at=institution_id if self.on_behalf else None)


def book(
    *,
    viewer: Viewer,
    instrument: Instrument,
    window: TimeWindow,
    wanted: Wanted = Wanted(),
    waivers: Mapping[str, str] | None = None,
) -> Reservation:
    """Book one instrument for one window; the answer needs no further query.

    window: half-open [starts_at, ends_at), aware UTC. waivers: reason by code of the rules to let pass.
    Raises: RuleViolations (all of them), SlotTaken, WaiverRefused, AnswersInvalid, AccessModeNotOffered, Forbidden,
    FirmUnknown, NotSignedIn, CalendarBusy.
    Emits: ReservationBooked or, where it needs approval, ReservationRequested; CalendarChanged.
    Source: engine.md, "One transaction".
    """
    wanted.refuse_strangers(viewer, instrument.institution_id)
    try:
        return _book(viewer, instrument, window, wanted, waivers or {})
    except SlotTaken as taken:
        raise told_why(taken, lambda: context_of(viewer, instrument, window, wanted)) from taken


@retried_when_busy
def _book(
    viewer: Viewer, instrument: Instrument, window: TimeWindow, wanted: Wanted, waivers: Mapping[str, str]
) -> Reservation:
    lock_calendars([instrument.pk], subjects=Subjects.of(wanted.whose(viewer)))
    return book_behind_locks(viewer, instrument, window, wanted, waivers)


def book_behind_locks(
    viewer: Viewer,
    instrument: Instrument,
    window: TimeWindow,
    wanted: Wanted,
    waivers: Mapping[str, str],
    *,
    with_alternatives: bool = True,
    told: bool = True,
) -> Reservation:
    """Judge, write and announce one booking; the caller has refused strangers and holds all locks.

    with_alternatives: a refusal says what would pass instead, at one statement's cost. told: False where the caller
    rolls back whatever comes of it. Raises: RuleViolations, SlotTaken, WaiverRefused, AnswersInvalid,
    AccessModeNotOffered.
    """
    context = context_of(viewer, instrument, window, wanted)
    reached = verdict_on(context, with_alternatives=with_alternatives)
    given = refuse_unless_waived(viewer, reached, waivers)
    reservation, revision = _written(viewer, instrument, reached, wanted, given)
    keep_waivers(viewer, reservation, given)
    if told:
        tell_booked(reservation)
        alone = None if context.shares else revision
        announce(instrument.pk, window, revision=alone, turnaround=context.turnaround_minutes)
    return reservation


def context_of(viewer: Viewer, instrument: Instrument, window: TimeWindow, wanted: Wanted) -> Context:
    """What the rules read about a new booking."""
    return read_context(
        viewer=viewer,
        instrument_id=instrument.pk,
        window=window,
        tier=viewer.tier_at(instrument.institution_id, wanted.account_id),
        kind=Kind.USE,
        places=wanted.places,
        user_id=wanted.person_of(viewer),
        operator=wanted.operator_id,
        account_id=wanted.account_id,
        declares=wanted.declares,
        operating_id=viewer.user_id,
        mode=wanted.mode,
    )


def _written(
    viewer: Viewer, instrument: Instrument, reached: Verdict, wanted: Wanted, waivers: Mapping[str, str]
) -> tuple[Reservation, int]:
    until = reached.request_until
    status = Status.CONFIRMED if until is None else Status.REQUESTED
    filled = filled_columns(viewer, reached.context, wanted.filled)
    key, revision = write(
        reached.context,
        history=history.context(actor_id=viewer.user_id, command="book", waivers=dict(waivers)),
        status=status,
        quote=reached.quote,
        user_id=wanted.person_of(viewer),
        booked_by_id=viewer.user_id,
        account_id=wanted.account_id,
        purpose=wanted.purpose,
        note=wanted.note,
        request_expires_at=until,
        filled=filled,
    )
    reservation = as_written(
        viewer,
        instrument,
        reached.context,
        id=key,
        user_id=wanted.person_of(viewer),
        status=status,
        account_id=wanted.account_id,
        purpose=wanted.purpose,
        note=wanted.note,
        quote=quote_document(reached.quote),
        total_fen=reached.quote.total_fen,
        request_expires_at=until,
        **filled,
    )
    return reservation, revision
