"""Who runs a booking, and who could where it would move."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from django.db.models import Q

from booking.calendars.models import Claim, Resource, ResourceKind
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import AbsentOperator, Context, Need
from booking.reservations.selectors.contexts import way_of_use
from core.windows import TimeWindow

ANYBODY: Final = "any"

OperatorChoice = int | Literal["any"] | None
"""Who shall run what moves: an operator by the resource, "any": whoever is free, None: those who run it now."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a booking holds. places: (resource id, place); operators: name by resource."""

    places: frozenset[tuple[int, int]] = frozenset()
    operators: Mapping[int, str] = field(default_factory=dict)


NOTHING_HELD: Final = Held()


def held_by(reservation_ids: Collection[int]) -> dict[int, Held]:
    """What each of these holds, by reservation; those that hold nothing are left out. One query."""
    rows = Claim.objects.filter(reservation_id__in=list(reservation_ids)).values_list(
        "reservation_id", "resource_id", "place", "resource__kind", "resource__name"
    )
    places: dict[int, set[tuple[int, int]]] = {}
    operators: dict[int, dict[int, str]] = {}
    for key, resource_id, place, kind, name in rows.order_by("reservation_id", "resource_id", "place"):
        places.setdefault(key, set()).add((resource_id, place))
        if kind == ResourceKind.OPERATOR:
            operators.setdefault(key, {})[resource_id] = name
    return {key: Held(frozenset(held), operators.get(key, {})) for key, held in places.items()}


def running(reservation_ids: Collection[int]) -> dict[int, list[str]]:
    """The names of those who run each of these, by reservation; where nobody does it is left out. One query."""
    claims = Claim.objects.filter(reservation_id__in=list(reservation_ids), resource__kind=ResourceKind.OPERATOR)
    found: dict[int, list[str]] = {}
    for key, name in claims.values_list("reservation_id", "resource__name").order_by("resource__name", "pk"):
        found.setdefault(key, []).append(name)
    return found


def operators_of(reservation: Reservation) -> list[tuple[int, str]]:
    """(resource id, name) of everybody who may run a booking in its way of use, by name. One query."""
    instrument = reservation.instrument
    mode = way_of_use(instrument.access_modes, reservation.access_mode, reservation.kind)
    in_its_mode = Q(needed_by__modes=[]) | Q(needed_by__modes__contains=[mode])
    found = Resource.objects.filter(in_its_mode, needed_by__instrument=instrument, kind=ResourceKind.OPERATOR)
    return list(found.order_by("name", "pk").values_list("pk", "name"))


def preferring(context: Context, held: Held) -> Context:
    """Where what a booking holds is free, it takes that again; who runs it now is known."""
    needs = sorted(context.needs, key=lambda need: (need.resource_id, need.place) not in held.places)
    return replace(context, needs=tuple(needs), run_by=tuple(held.operators))


def keeping(context: Context, held: Held, choice: OperatorChoice = None) -> Context:
    """As `preferring`, and nobody else runs it than those who do, unless the choice says so.

    Who is not free there is in `absent_operators` where somebody else could stand in; those count as taken then.
    Who does not run the instrument any more, or not the one that it moves to, can't be kept: whoever is free does
    then, as with the choice "any". One query, none where everybody is free.
    """
    context = preferring(context, held)
    if not context.needs or not held.operators or choice == ANYBODY:
        return context
    slots = {need.resource_id: need.slot for need in context.needs}
    chosen = None if choice is None else slots.get(choice)
    kept = {key: slot for key in held.operators if (slot := slots.get(key)) is not None and slot != chosen}
    free = {need.resource_id for need in context.needs if need.is_free}
    busy = {slot: held.operators[key] for key, slot in kept.items() if key not in free}
    needs = tuple(
        replace(need, is_free=need.is_free and (need.slot not in kept.values() or need.resource_id in kept))
        for need in context.needs
    )
    absent = tuple(_absent(context, busy, names_in([context]) if busy else {}))
    return replace(context, needs=needs, operators=(*context.operators, *kept), absent_operators=absent)


def stand_ins(context: Context, held: Held, names: Mapping[int, str]) -> dict[int, str]:
    """Who would run a booking where it moves and does not run it now: name by resource. names: of all operators."""
    if not held.operators:
        return {}
    taken = (resource for resource, _place in preferring(context, held).claims)
    return {key: names[key] for key in taken if key in names and key not in held.operators}


def newcomers(context: Context) -> list[str]:
    """The names of those who would run what moves and do not now. One query, none where there are none."""
    operators = {need.resource_id for need in context.needs if need.is_operator} - set(context.run_by)
    new = [resource for resource, _place in context.claims if resource in operators]
    names = names_in([context]) if new else {}
    return [names[key] for key in new]


def choice_of(stand_ins: Mapping[int, str]) -> OperatorChoice:
    """What to ask for so that these may run it: nobody where its operator stays."""
    return next(iter(stand_ins)) if len(stand_ins) == 1 else ANYBODY if stand_ins else None


def names_in(contexts: Iterable[Context]) -> dict[int, str]:
    """The operators among what is needed: name by resource. One query, none without needs."""
    keys = {need.resource_id for context in contexts for need in context.needs}
    if not keys:
        return {}
    found = Resource.objects.filter(pk__in=keys, kind=ResourceKind.OPERATOR)
    return dict(found.values_list("pk", "name"))


def taken_from(operators: Collection[int], since: datetime, without: int | None) -> list[TimeWindow]:
    """When these resources are taken from an instant on, as if reservation `without` held nothing. One query."""
    claims = Claim.objects.filter(resource_id__in=operators, occupies__endswith__gt=since)
    return [
        TimeWindow.of(occupies)
        for reservation_id, occupies in claims.values_list("reservation_id", "occupies")
        if without is None or reservation_id != without
    ]


def _absent(context: Context, missing: Mapping[int, str], names: Mapping[int, str]) -> Iterator[AbsentOperator]:
    """Who is missing (name by slot), where another one of the slot is free."""
    for slot, name in missing.items():
        if others := tuple((need.resource_id, names[need.resource_id]) for need in _free_in(context, slot, names)):
            yield AbsentOperator(slot, name, others)


def _free_in(context: Context, slot: int, names: Mapping[int, str]) -> list[Need]:
    return [need for need in context.needs if need.slot == slot and need.is_free and need.resource_id in names]
