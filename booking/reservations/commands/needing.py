"""What a reservation takes besides its instrument, after its way of use became another."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from django.db import IntegrityError

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.models import Claim
from booking.reservations.commands.editing import announce
from booking.reservations.commands.refusing import refusal
from booking.reservations.commands.writing import taken_or
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import USES, Context, Violation, evaluate
from booking.reservations.selectors.moving import context_of_move
from booking.reservations.selectors.operators import ANYBODY, OperatorChoice, newcomers
from booking.reservations.selectors.verdicts import Verdict, verdict_on
from core.windows import TimeWindow

ABOUT_THE_MODE: Final = frozenset({"shared_resources_free", "qualified"})
"""Rules that ask something else where the instrument is used in another way."""


def follow_mode(viewer: Viewer, current: Reservation, operator: OperatorChoice = None) -> list[str]:
    """Let a booking be used in its present access mode, when and where it is: judge what depends on the mode, take
    what it needs and give back what only the one before did. Returns the names of those who run it and did not.

    The calendar is locked. operator: who shall run it in that mode; None: whoever is free. One it has and still
    needs stays the same where nobody else is named; so does its own place. Staff decide themselves who operates an
    instrument. Raises: SlotTaken, RuleViolations, UnknownOperator (nobody or others run it in that mode).
    Emits: CalendarChanged where modes need different things.
    """
    if current.kind not in USES:
        return []
    reached = verdict_on_mode(viewer, current, operator)
    if reached.violations:
        raise refusal(reached.violations, reached.alternatives, reached.context.zone)
    if not reached.context.needs_vary and operator is None:
        return []
    _take_needs(current, reached.context)
    return newcomers(reached.context)


def verdict_on_mode(viewer: Viewer, current: Reservation, operator: OperatorChoice = None) -> Verdict:
    """Whether a booking can be used in its present access mode, when and where it is; nothing else is judged.

    operator: who shall run it in that mode; None: whoever is free. Raises: UnknownOperator.
    """
    choice = ANYBODY if operator is None else operator
    context = context_of_move(viewer, current, TimeWindow.of(current.during), choice)
    is_broken = bool(_broken(context, evaluate(context)))
    reached = verdict_on(context, with_alternatives=is_broken)
    return replace(reached, violations=tuple(_broken(context, reached.violations)))


def _broken(context: Context, violations: Sequence[Violation]) -> list[Violation]:
    broken = [each for each in violations if each.code in ABOUT_THE_MODE]
    return [each for each in broken if not each.waivable_by] if context.by_staff else broken


def _take_needs(current: Reservation, context: Context) -> None:
    held = set(Claim.objects.filter(reservation=current).values_list("resource_id", "place"))
    needed = {claim for claim in context.claims if claim[0] != context.resource_id}
    if unneeded := [resource for resource, _place in held - needed if resource != context.resource_id]:
        functions.release_claims(current.pk, resource_ids=unneeded)
    try:
        functions.take_claims(current.pk, sorted(needed - held), context.window, turns_around=True)
    except IntegrityError as error:
        raise taken_or(error) from error
    announce(current.instrument_id, context.window, turnaround=context.turnaround_minutes)
