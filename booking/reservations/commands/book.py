"""Book one instrument for one window."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from accounts.models import Role
from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.events import CalendarChanged
from booking.pricing.quotes import Quote
from booking.reservations.errors import RuleViolations, SlotTaken, WaiverRefused
from booking.reservations.events import ReservationBooked
from booking.reservations.models import Kind, Status, Waiver
from booking.reservations.rules.registry import Context, Violation, all_rules
from booking.reservations.selectors.contexts import read_context
from booking.reservations.selectors.offers import Alternative, blocks_time, next_windows
from booking.reservations.selectors.verdicts import Verdict, verdict_on
from core import clock, history
from core.errors import Forbidden, NotSignedIn
from core.events import publish
from core.locks import retried_when_busy
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument

_WRITE = """
    SELECT id, revision FROM reservation_write(
        %(history_id)s, %(history)s, %(instrument)s, %(resources)s, %(claim_places)s, %(kind)s, %(status)s,
        %(starts_at)s, %(ends_at)s, %(turnaround)s, %(places)s, %(user)s, %(booked_by)s, %(account)s, %(tier)s,
        %(purpose)s, %(note)s, %(quote)s, %(total_fen)s, %(now)s)
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to book besides instrument and window. account_id: the firm it is for."""

    purpose: str = ""
    note: str = ""
    places: int = 1
    account_id: int | None = None


def book(
    *,
    viewer: Viewer,
    instrument: Instrument,
    window: TimeWindow,
    wanted: Wanted = Wanted(),
    waivers: Mapping[str, str] | None = None,
) -> int:
    """Book one instrument for one window; returns the reservation's id.

    window: half-open [starts_at, ends_at), aware UTC. waivers: reason by code of the rules to let pass.
    Raises: RuleViolations (all of them), SlotTaken, WaiverRefused, Forbidden, NotSignedIn, CalendarBusy.
    Emits: ReservationBooked, CalendarChanged. Source: engine.md, "One transaction".
    """
    if viewer.user_id is None:
        raise NotSignedIn
    if wanted.account_id is not None and wanted.account_id not in viewer.enterprise_ids:
        raise Forbidden
    try:
        return _book(viewer, instrument, window, wanted, waivers or {})
    except SlotTaken as taken:
        raise told(taken, lambda: _context(viewer, instrument, window, wanted)) from taken


@retried_when_busy
def _book(
    viewer: Viewer, instrument: Instrument, window: TimeWindow, wanted: Wanted, waivers: Mapping[str, str]
) -> int:
    functions.lock_instruments([instrument.pk])
    context = _context(viewer, instrument, window, wanted)
    reached = verdict_on(context)
    given = refuse_unless_waived(viewer, reached, waivers)
    reservation_id, revision = _write(viewer, context, reached.quote, wanted, given)
    Waiver.objects.bulk_create(
        Waiver(reservation_id=reservation_id, code=code, reason=reason, by_id=viewer.person_id)
        for code, reason in given.items()
    )
    publish(ReservationBooked(reservation_id, instrument.pk, window.starts_at, window.ends_at))
    publish(CalendarChanged(instrument.pk, revision, window.starts_at, window.ends_at))
    return reservation_id


def _context(viewer: Viewer, instrument: Instrument, window: TimeWindow, wanted: Wanted) -> Context:
    return read_context(
        viewer=viewer,
        instrument_id=instrument.pk,
        window=window,
        tier=viewer.tier_at(instrument.institution_id, wanted.account_id),
        kind=Kind.USE,
        places=wanted.places,
        user_id=viewer.user_id,
    )


def refuse_unless_waived(viewer: Viewer, reached: Verdict, waivers: Mapping[str, str]) -> dict[str, str]:
    """The waivers that were needed and rightly given. Raises: SlotTaken, RuleViolations, WaiverRefused."""
    for code, reason in waivers.items():
        if code not in all_rules() or not reason.strip():
            raise WaiverRefused
    left = [broken for broken in reached.violations if broken.code not in waivers]
    if left:
        raise refusal(left, reached.alternatives, reached.context.zone)
    if needless := waivers.keys() - {broken.code for broken in reached.violations}:
        raise WaiverRefused(
            _("Nothing to waive: not broken is %(codes)s.") % {"codes": ", ".join(sorted(needless))}
        )
    for broken in reached.violations:
        if not _may_waive(viewer, broken, reached.context.institution_id):
            raise WaiverRefused
    return {broken.code: waivers[broken.code].strip() for broken in reached.violations}


def refusal(
    violations: Sequence[Violation], alternatives: Sequence[Alternative], zone: ZoneInfo
) -> RuleViolations | SlotTaken:
    """409 when the time itself is taken or closed, else 422; both carry everything."""
    if not blocks_time(violations):
        return RuleViolations(violations, alternatives, zone.key)
    return SlotTaken(
        violations[0].message, violations=tuple(violations), alternatives=tuple(alternatives), zone=zone.key
    )


def told(taken: SlotTaken, read: Callable[[], Context]) -> SlotTaken:
    """The refusal with violations and alternatives. The constraint knows none, so the context is read anew.

    Called after the rollback, which let go of what had aborted the transaction.
    """
    if "violations" in taken.extra:
        return taken
    reached = verdict_on(read())
    alternatives = reached.alternatives or [
        Alternative(reached.context.instrument_id, window) for window in next_windows(reached.context)
    ]
    return SlotTaken(
        next((broken.message for broken in reached.violations if blocks_time([broken])), ""),
        violations=reached.violations,
        alternatives=tuple(alternatives),
        zone=reached.context.zone.key,
    )


def _may_waive(viewer: Viewer, broken: Violation, institution_id: int) -> bool:
    if not broken.waivable_by:
        return False
    return viewer.is_platform_admin or institution_id in viewer.institutions_as(*map(Role, broken.waivable_by))


def _write(
    viewer: Viewer, context: Context, quote: Quote, wanted: Wanted, waivers: Mapping[str, str]
) -> tuple[int, int]:
    places = context.free_places[: wanted.places]
    history_id, metadata = history.context(actor_id=viewer.user_id, command="book", waivers=dict(waivers))
    values = {
        "history_id": history_id,
        "history": metadata,
        "instrument": context.instrument_id,
        "resources": [context.resource_id] * len(places),
        "claim_places": places,
        "kind": context.kind,
        "status": Status.CONFIRMED.value,
        "starts_at": context.window.starts_at,
        "ends_at": context.window.ends_at,
        "turnaround": context.turnaround_minutes,
        "places": wanted.places,
        "user": viewer.user_id,
        "booked_by": viewer.user_id,
        "account": wanted.account_id,
        "tier": context.tier.value,
        "purpose": wanted.purpose,
        "note": wanted.note,
        "quote": Jsonb({"lines": [asdict(line) for line in quote.lines]}),
        "total_fen": quote.total_fen,
        "now": clock.now(),
    }
    return write(values)


def write(values: Mapping[str, Any]) -> tuple[int, int]:
    """Insert a reservation with its claims; returns (id, revision). Raises: SlotTaken.

    The rules have already looked; that the constraint fires means that somebody wrote without the lock.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, values)
            reservation_id, revision = cursor.fetchone()
    except IntegrityError as error:
        raise taken_or(error) from error
    return reservation_id, revision


def taken_or(error: IntegrityError) -> Exception:
    """SlotTaken when the exclusion constraint fired, else the error itself."""
    diagnostics = getattr(error.__cause__, "diag", None)
    if getattr(diagnostics, "constraint_name", None) == "claim_place_taken_once":
        return SlotTaken()
    return error
