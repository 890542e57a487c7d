"""Keep a window for somebody who is filling in the form."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.intake.questions import mode_of
from booking.reservations.commands.book import Wanted, context_of
from booking.reservations.commands.editing import Subjects, announce, lock_calendars
from booking.reservations.commands.refusing import refuse_unless_waived, told
from booking.reservations.commands.writing import quote_document, write
from booking.reservations.errors import SlotTaken
from booking.reservations.events import ReservationHeld
from booking.reservations.models import Reservation, Status
from booking.reservations.rules.registry import Context
from booking.reservations.selectors.access import as_written
from booking.reservations.selectors.beneficiaries import held_by
from booking.reservations.selectors.verdicts import Verdict, verdict_on
from core import history
from core.errors import Conflict
from core.events import publish
from core.locks import retried_when_busy
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument

HOLD_LASTS: Final = timedelta(minutes=10)
MOST_HOLDS: Final = 2


class TooManyHolds(Conflict):
    """The person holds as many windows as one may at a time."""

    code = "too_many_holds"
    title = _("You already keep two windows. Book one of them or let it go first.")


def hold_window(*, viewer: Viewer, instrument: Instrument, window: TimeWindow, wanted: Wanted) -> Reservation:
    """Keep a window for HOLD_LASTS; others see that it is being booked. Nothing is waived.

    Every rule applies that needs nothing filled in.

    window: half-open, aware UTC. wanted: its places, firm and access mode count; a mode named is kept with it.
    Raises: RuleViolations, SlotTaken, AccessModeNotOffered, TooManyHolds, Forbidden, FirmUnknown, NotSignedIn,
    CalendarBusy. Emits: ReservationHeld, CalendarChanged. Source: engine.md, "Meanings".
    """
    wanted.refuse_strangers(viewer, instrument.institution_id)
    wanted = replace(wanted, filled=None, access_mode=wanted.mode)
    try:
        return _hold(viewer, instrument, window, wanted)
    except SlotTaken as taken:
        raise told(taken, lambda: context_of(viewer, instrument, window, wanted)) from taken


@retried_when_busy
def _hold(viewer: Viewer, instrument: Instrument, window: TimeWindow, wanted: Wanted) -> Reservation:
    lock_calendars([instrument.pk], subjects=Subjects.of((viewer.user_id, wanted.account_id), holds=True))
    context = context_of(viewer, instrument, window, wanted)
    reached = verdict_on(context)
    refuse_unless_waived(viewer, reached, {})
    _refuse_more(viewer, context)
    hold, revision = _written(viewer, instrument, reached, wanted)
    assert hold.hold_expires_at is not None
    publish(ReservationHeld(hold.pk, instrument.pk, window.starts_at, window.ends_at, hold.hold_expires_at))
    alone = None if context.shares else revision
    announce(instrument.pk, window, revision=alone, turnaround=context.turnaround_minutes)
    return hold


def _refuse_more(viewer: Viewer, context: Context) -> None:
    """The person is locked, so that parallel holds count each other. Offers of the waiting list don't count."""
    held = Reservation.objects.filter(
        held_by(viewer), status=Status.HELD, hold_expires_at__gt=context.now, offered_to=None
    )
    if held.count() >= MOST_HOLDS:
        raise TooManyHolds


def _written(viewer: Viewer, instrument: Instrument, reached: Verdict, wanted: Wanted) -> tuple[Reservation, int]:
    expires_at = reached.context.now + HOLD_LASTS
    named = {"access_mode": mode_of(reached.context.access_modes, wanted.mode)} if wanted.mode else {}
    key, revision = write(
        reached.context,
        history=history.context(actor_id=viewer.user_id, command="hold"),
        status=Status.HELD,
        quote=reached.quote,
        user_id=wanted.person_of(viewer),
        booked_by_id=viewer.user_id,
        account_id=wanted.account_id,
        hold_expires_at=expires_at,
        filled=named,
    )
    hold = as_written(
        viewer,
        instrument,
        reached.context,
        id=key,
        user_id=wanted.person_of(viewer),
        status=Status.HELD,
        account_id=wanted.account_id,
        purpose="",
        note="",
        quote=quote_document(reached.quote),
        total_fen=reached.quote.total_fen,
        hold_expires_at=expires_at,
        **named,
    )
    return hold, revision
