"""Taking other time for a reservation that exists."""

from collections.abc import Collection

from django.db import IntegrityError
from psycopg.types.range import TimestamptzRange

from booking.calendars import functions
from booking.reservations.commands.writing import frozen, taken_or
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import USES
from booking.reservations.selectors.operators import newcomers
from booking.reservations.selectors.verdicts import Verdict
from core.history import noted


def move(current: Reservation, reached: Verdict, *, also: Collection[str] = ()) -> None:
    """Give its claims back, take those of the verdict's window, price it anew and save it, one version on.

    History says who runs it from now on, where that is somebody else. The verdict's context was read without the
    reservation itself. also: further fields to save. Raises: SlotTaken.
    """
    context = reached.context
    functions.release_claims(current.pk)
    try:
        functions.take_claims(current.pk, context.claims, context.window, turns_around=current.kind in USES)
    except IntegrityError as error:
        raise taken_or(error) from error
    current.during = TimestamptzRange(context.window.starts_at, context.window.ends_at)
    current.turnaround_minutes = context.turnaround_minutes if current.kind in USES else 0
    if current.request_expires_at:  # nobody can decide on it later than its start
        current.request_expires_at = min(current.request_expires_at, context.window.starts_at)
    late = {"late": current.quote["late"]} if "late" in current.quote else {}
    current.quote = frozen(context, reached.quote) | late
    current.total_fen = reached.quote.total_fen
    current.version += 1
    written = ("during", "turnaround_minutes", "request_expires_at", "quote", "total_fen", "version")
    with noted(run_by=newcomers(context)):
        current.save(update_fields=[*written, *also])
