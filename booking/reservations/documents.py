"""Answers of the engine as API documents: times in the instrument's zone, money in fen."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import User
from booking.reservations.commands.several import Refused
from booking.reservations.errors import RuleViolations, SlotTaken
from booking.reservations.rules.registry import USES, Violation
from booking.reservations.selectors.availability import Availability
from booking.reservations.selectors.history import Entry
from booking.reservations.selectors.offers import Alternative
from booking.reservations.selectors.replanning import Step, WaysOut
from booking.reservations.selectors.series import Occurrence, Series
from booking.reservations.selectors.verdicts import Verdict
from booking.reservations.states import allows
from core import money
from core.windows import TimeWindow, zone
from instruments.catalogue.models import Instrument


def verdict_document(verdict: Verdict, unanswered: Sequence[str] = ()) -> dict[str, Any]:
    """schemas.VerdictOut. unanswered: questions that still have to be answered."""
    context = verdict.context
    tz = context.zone
    return {
        "instrument": context.instrument_id,
        **_span(context.window, tz),
        "zone": tz.key,
        "lines": [
            {
                "kind": line.kind,
                "label": _("Machine time"),
                "quantity": line.quantity,
                "unit": line.unit,
                "unit_fen": line.unit_fen,
                "amount_fen": line.amount_fen,
            }
            for line in verdict.quote.lines
        ],
        "total_fen": verdict.quote.total_fen,
        "voucher_fen": 0,
        "payable_fen": verdict.quote.total_fen,
        "currency": money.CURRENCY,
        "ok": verdict.ok,
        "needs_approval": verdict.request_until is not None,
        "unanswered": list(unanswered),
        "violations": [violation_document(violation, tz) for violation in verdict.violations],
        "alternatives": [alternative_document(each, tz) for each in verdict.alternatives],
    }


def violation_document(violation: Violation, tz: ZoneInfo) -> dict[str, Any]:
    """schemas.ViolationOut."""
    return {
        "code": violation.code,
        "message": violation.message,
        "limit": violation.limit,
        "actual": violation.actual,
        "waivable_by": [role.value for role in violation.waivable_by],
        "nearest": _span(violation.nearest, tz) if violation.nearest else None,
    }


def alternative_document(alternative: Alternative, tz: ZoneInfo) -> dict[str, Any]:
    """schemas.AlternativeOut."""
    return {"instrument": alternative.instrument_id, **_span(alternative.window, tz)}


def ways_out_document(way: WaysOut, tz: ZoneInfo) -> dict[str, Any]:
    """api.closures.AffectedOut, JSON-ready, for staff."""
    booking = way.reservation
    window = TimeWindow.of(booking.during)
    changeable = allows("cancel", booking.status) and booking.kind in USES
    return {
        "id": booking.pk,
        "instrument": {**_named(booking.instrument), "zone": tz.key},
        "kind": booking.kind,
        "status": booking.status,
        **_local_span(window, tz),
        "zone": tz.key,
        "user": _person(booking.user),
        "booked_by": _person(booking.booked_by),
        "account": booking.account_id,
        "purpose": booking.purpose,
        "note": booking.note,
        "places": booking.places,
        "total_fen": booking.total_fen,
        "currency": money.CURRENCY,
        "created_at": _local(booking.created_at, tz),
        "version": booking.version,
        "cancellable": changeable,
        "editable": changeable,
        "operators": _operators(way.operators),
        "alternatives": [
            {
                "instrument": booking.instrument_id,
                **_local_span(way.window, tz),
                "operators": _operators(way.stand_ins.get(booking.instrument_id, {})),
            }
        ]
        if way.window
        else [],
        "twins": [
            {**_named(twin), **_local_span(window, tz), "operators": _operators(way.stand_ins.get(twin.pk, {}))}
            for twin in way.twins
        ],
        "actions": [action.value for action in way.actions],
        "proposal": step_document(way.proposal, tz),
    }


def _person(user: User | None) -> dict[str, Any] | None:
    return None if user is None else {"id": user.pk, "name": str(user)}


def _operators(names: Mapping[int, str]) -> list[dict[str, Any]]:
    return [{"id": key, "name": name} for key, name in names.items()]


def _named(instrument: Instrument) -> dict[str, Any]:
    return {"id": instrument.pk, "slug": instrument.slug, "name": instrument.name}


def step_document(step: Step, tz: ZoneInfo) -> dict[str, Any]:
    """api.closures.StepIn: what can be sent back as it is."""
    document: dict[str, Any] = {"reservation": step.reservation_id, "action": step.action.value}
    if step.window is not None:
        document |= _local_span(step.window, tz)
    if step.instrument_id is not None:
        document["instrument"] = step.instrument_id
    if step.operator is not None:
        document["operator"] = step.operator
    return document


def _local_span(window: TimeWindow, tz: ZoneInfo) -> dict[str, str]:
    return {"start": _local(window.starts_at, tz), "end": _local(window.ends_at, tz)}


def refused_document(refused: Refused) -> dict[str, Any]:
    """api.batches.RefusedOut."""
    tz = zone(refused.zone)
    return {
        "item": refused.item,
        "instrument": refused.instrument_id,
        **_span(refused.window, tz),
        "zone": tz.key,
        "code": (SlotTaken if refused.is_taken else RuleViolations).code,
        "violations": [violation_document(violation, tz) for violation in refused.violations],
        "alternatives": [alternative_document(each, tz) for each in refused.alternatives],
    }


def series_document(found: Series) -> dict[str, Any]:
    """api.series.SeriesOut."""
    tz = zone(found.instrument.institution.zone)
    return {
        "id": found.series.pk if found.series else None,
        "version": found.series.version if found.series else None,
        "instrument": found.instrument.pk,
        "zone": tz.key,
        "repeat": found.repeat,
        "occurrences": [_occurrence(each, found) for each in found.occurrences],
        "count": len(found.occurrences),
        "refused": len(found.refused),
        "total_fen": found.total_fen,
        "fee_fen": found.fee_fen,
    }


def _occurrence(occurrence: Occurrence, found: Series) -> dict[str, Any]:
    tz = zone(found.instrument.institution.zone)
    reservation, is_kept = occurrence.reservation, found.series is not None
    return {
        "instrument": reservation.instrument_id if reservation else found.instrument.pk,
        "original_start": occurrence.original_start.astimezone(tz),
        **_span(occurrence.window, tz),
        "reservation": reservation.pk if reservation and is_kept else None,
        "status": reservation.status if reservation else None,
        "total_fen": reservation.total_fen if reservation else None,
        "fee_fen": reservation.fee_fen if reservation else 0,
        "version": reservation.version if reservation and is_kept else None,
        "violations": [violation_document(violation, tz) for violation in occurrence.violations],
    }


def availability_document(answer: Availability) -> dict[str, Any]:
    """schemas.AvailabilityOut."""
    tz = zone(answer.resource.zone)

    def pair(window: TimeWindow) -> tuple[str, str]:
        return (_local(window.starts_at, tz), _local(window.ends_at, tz))

    return {
        "instrument": answer.resource.instrument_id,
        "revision": answer.resource.revision,
        "zone": tz.key,
        "from": _local(answer.window.starts_at, tz),
        "to": _local(answer.window.ends_at, tz),
        "open": [pair(window) for window in answer.open],
        "busy": [(*pair(busy.window), busy.kind) for busy in answer.busy],
        "free": [pair(window) for window in answer.free],
        "off_peak": [pair(window) for window in answer.off_peak],
    }


def history_document(entry: Entry, tz: ZoneInfo) -> dict[str, Any]:
    """schemas.HistoryOut."""
    return {
        "at": entry.at.astimezone(tz),
        "command": entry.command,
        "actor": entry.actor,
        "reason": entry.reason,
        "changes": [
            {"field": change.field, "old": _json(change.old, tz), "new": _json(change.new, tz)}
            for change in entry.changes
        ],
        "run_by": list(entry.run_by),
    }


def _json(value: Any, tz: ZoneInfo) -> Any:
    if isinstance(value, tuple):
        return [_local(each, tz) for each in value]
    return _local(value, tz) if isinstance(value, datetime) else value


def _span(window: TimeWindow, tz: ZoneInfo) -> dict[str, datetime]:
    return {"start": window.starts_at.astimezone(tz), "end": window.ends_at.astimezone(tz)}


def _local(instant: datetime, tz: ZoneInfo) -> str:
    return instant.astimezone(tz).isoformat()
