"""Taking other time for a reservation that exists."""

from collections.abc import Collection

from django.db import IntegrityError
from psycopg.types.range import TimestamptzRange

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.calendars import functions
from booking.reservations.commands.writing import frozen, taken_or
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import USES, Context
from booking.reservations.selectors.contexts import read_context
from booking.reservations.selectors.operators import NOTHING_HELD, Held, OperatorChoice, held_by, keeping
from booking.reservations.selectors.verdicts import Verdict
from core.windows import TimeWindow


def move(current: Reservation, reached: Verdict, *, also: Collection[str] = ()) -> None:
    """Give its claims back, take those of the verdict's window, price it anew and save it, one version on.

    The verdict's context was read without the reservation itself. also: further fields to save. Raises: SlotTaken.
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
    noted = {"late": current.quote["late"]} if "late" in current.quote else {}
    current.quote = frozen(context, reached.quote) | noted
    current.total_fen = reached.quote.total_fen
    current.version += 1
    written = ("during", "turnaround_minutes", "request_expires_at", "quote", "total_fen", "version")
    current.save(update_fields=[*written, *also])


def context_of_move(
    viewer: Viewer,
    current: Reservation,
    window: TimeWindow,
    operator: OperatorChoice = None,
    *,
    held: Held | None = None,
) -> Context:
    """What the rules read about another window for a reservation, which doesn't stand in its own way.

    The beneficiary stays; the tier is the one it was booked with. window: half-open, aware UTC. operator: who shall
    run it there. held: what it held, where it has let go already. Two queries more where it needs something besides
    the instrument. Raises: UnknownOperator.
    """
    context = read_context(
        viewer=viewer,
        instrument_id=current.instrument_id,
        window=window,
        tier=Tier(current.tier),
        kind=current.kind,
        places=current.places,
        user_id=current.user_id,
        account_id=current.account_id,
        operating_id=current.booked_by_id,
        excluding=current.pk,
        mode=current.access_mode,
        operator=operator if isinstance(operator, int) else None,
    )
    if not context.needs:
        return context
    return keeping(context, what_it_holds(current) if held is None else held, operator)


def what_it_holds(current: Reservation) -> Held:
    """The places and operators of one booking. One query."""
    return held_by([current.pk]).get(current.pk, NOTHING_HELD)
