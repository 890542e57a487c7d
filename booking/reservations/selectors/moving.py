"""What is read about a reservation before it moves."""

from dataclasses import replace

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import Context
from booking.reservations.selectors.contexts import read_context
from booking.reservations.selectors.operators import (
    NOTHING_HELD,
    Held,
    OperatorChoice,
    held_by,
    keeping,
    names_in,
)
from booking.reservations.selectors.verdicts import Verdict, verdict_on
from core.windows import TimeWindow


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


def verdict_on_operator(
    viewer: Viewer,
    current: Reservation,
    operator: OperatorChoice,
    *,
    held: Held | None = None,
    with_alternatives: bool = True,
) -> Verdict:
    """Whether somebody else can run a booking when and where it is; nothing else is judged, nor priced anew.

    Of its context's needs only those for operators are left. operator, held: as in context_of_move.
    with_alternatives: as in verdict_on. Raises: UnknownOperator.
    """
    context = context_of_move(viewer, current, TimeWindow.of(current.during), operator, held=held)
    names = names_in([context])
    slots = {need.slot for need in context.needs if need.resource_id in names}
    judged = replace(context, needs=tuple(need for need in context.needs if need.slot in slots))
    reached = replace(
        verdict_on(context, with_alternatives=with_alternatives and bool(judged.lacking_slots)), context=judged
    )
    if not judged.lacking_slots:
        return replace(reached, violations=(), request_until=None)
    broken = tuple(each for each in reached.violations if each.code == "shared_resources_free")
    return replace(reached, violations=broken, request_until=None)
