"""Inserting a reservation with its claims: one statement, and the constraint's refusal by its name."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.db import IntegrityError, connection
from psycopg.types.json import Jsonb

from booking.pricing.quotes import Quote
from booking.reservations.errors import SlotTaken
from booking.reservations.rules.registry import USES, Context
from booking.reservations.selectors.cancelling import terms_of

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})

_WRITE = """
    SELECT id, revision FROM reservation_write(
        %(history_id)s, %(history)s, %(instrument)s, %(resources)s, %(claim_places)s, %(kind)s, %(status)s,
        %(starts_at)s, %(ends_at)s, %(turnaround)s, %(places)s, %(user)s, %(booked_by)s, %(account)s, %(tier)s,
        %(purpose)s, %(note)s, %(quote)s, %(total_fen)s, %(hold_expires_at)s, %(request_expires_at)s,
        %(filled)s, %(now)s)
"""


def write(
    context: Context,
    *,
    history: tuple[str, str],
    status: str,
    quote: Quote,
    user_id: int | None,
    booked_by_id: int | None,
    account_id: int | None = None,
    purpose: str = "",
    note: str = "",
    hold_expires_at: datetime | None = None,
    request_expires_at: datetime | None = None,
    filled: Mapping[str, Any] = NOTHING,
) -> tuple[int, int]:
    """Insert what the context describes with its claims; returns (id, revision). history: of core.history.context.

    filled: columns of intake.FilledIn.

    Raises: SlotTaken. The rules have looked already; that the constraint fires means that somebody wrote without
    the lock.
    """
    claims = context.claims
    values: Mapping[str, Any] = {
        "history_id": history[0],
        "history": history[1],
        "instrument": context.instrument_id,
        "resources": [resource for resource, _ in claims],
        "claim_places": [place for _, place in claims],
        "kind": context.kind,
        "status": status,
        "starts_at": context.window.starts_at,
        "ends_at": context.window.ends_at,
        "turnaround": context.turnaround_minutes if context.kind in USES else 0,
        "places": context.places,
        "user": user_id,
        "booked_by": booked_by_id,
        "account": account_id,
        "tier": context.tier.value,
        "purpose": purpose,
        "note": note,
        "quote": Jsonb(frozen(context, quote)),
        "total_fen": quote.total_fen,
        "hold_expires_at": hold_expires_at,
        "request_expires_at": request_expires_at,
        "filled": Jsonb(dict(filled)),
        "now": context.now,
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, values)
            reservation_id, revision = cursor.fetchone()
    except IntegrityError as error:
        raise taken_or(error) from error
    return reservation_id, revision


def frozen(context: Context, quote: Quote) -> dict[str, Any]:
    """The quote with the terms of cancelling, which later changes of the rules don't touch."""
    document = quote_document(quote)
    return document | {"cancelling": terms_of(context)} if context.kind in USES else document


def quote_document(quote: Quote) -> dict[str, Any]:
    """A quote as it is frozen on the booking."""
    return {"lines": [asdict(line) for line in quote.lines]}


def taken_or(error: IntegrityError) -> Exception:
    """SlotTaken when the exclusion constraint fired, else the error itself."""
    diagnostics = getattr(error.__cause__, "diag", None)
    if getattr(diagnostics, "constraint_name", None) == "claim_place_taken_once":
        return SlotTaken()
    return error
