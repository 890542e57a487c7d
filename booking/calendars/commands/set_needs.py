"""Say what a use of an instrument takes besides the instrument."""

from collections.abc import Collection, Sequence
from math import prod
from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.commands.materialise_windows import rest_of_calendar
from booking.calendars.events import CalendarChanged
from booking.calendars.models import Resource, ResourceKind, ResourceNeed
from core.errors import Forbidden, Invalid
from core.events import publish
from core.history import acting
from core.locks import retried_when_busy
from instruments.catalogue.models import AccessMode, Instrument

MOST_WAYS: Final = 50
"""So many ways to choose one place for every need; each has its own free gaps."""


class InvalidNeeds(Invalid):
    """An empty need, a resource named twice or of elsewhere, an unknown mode, or too many ways to choose."""

    code = "needs_invalid"
    title = _("Name shared resources and operators of the same institution, each once, in at most 50 combinations.")


@retried_when_busy
def set_needs(
    *,
    viewer: Viewer,
    instrument: Instrument,
    slots: Sequence[Sequence[int]],
    modes: Sequence[Collection[str]] = (),
) -> None:
    """From now on each booking takes one resource of every slot too. slots: resource ids that stand for each other.

    modes: for each slot in order the access modes in which it is needed; none, or left out: in every one.
    Bookings made before keep what they took. History keeps what was needed when, and who said so.
    Raises: Forbidden, InvalidNeeds, CalendarBusy. Emits: CalendarChanged. Source: engine.md, "Tables", Claim.
    """
    if not viewer.manages(instrument.institution_id):
        raise Forbidden
    needed_for = [*map(tuple, modes), *[()] * (len(slots) - len(modes))]
    _refuse_impossible(instrument, slots, needed_for)
    with acting(actor_id=viewer.user_id, command="set_needs"):
        own = Resource.objects.values_list("pk", flat=True).get(instrument=instrument)
        functions.lock_resources([own, *(key for slot in slots for key in slot)])
        _replace(instrument, slots, needed_for)
        rest = rest_of_calendar(instrument.institution.zone)
        functions.rebuild_gaps(own, rest.starts_at)
        publish(CalendarChanged(instrument.pk, functions.revise(own), rest.starts_at, rest.ends_at, redrawn=True))


def _replace(instrument: Instrument, slots: Sequence[Sequence[int]], needed_for: Sequence[Collection[str]]) -> None:
    """What stays as it is keeps its row, so that history tells of changes alone."""
    wanted = {
        (number, key, tuple(in_order(needed_for[number - 1])))
        for number, slot in enumerate(slots, start=1)
        for key in slot
    }
    stored = {
        (need.slot, need.resource_id, tuple(need.modes)): need.pk
        for need in ResourceNeed.objects.filter(instrument=instrument)
    }
    ResourceNeed.objects.filter(pk__in=[key for need, key in stored.items() if need not in wanted]).delete()
    ResourceNeed.objects.bulk_create(
        ResourceNeed(instrument=instrument, slot=number, resource_id=key, modes=list(modes))
        for number, key, modes in sorted(wanted - stored.keys())
    )


def in_order(modes: Collection[str]) -> list[str]:
    """Each once, in the order of AccessMode."""
    return [mode.value for mode in AccessMode if mode in modes]


def _refuse_impossible(
    instrument: Instrument, slots: Sequence[Sequence[int]], needed_for: Sequence[Collection[str]]
) -> None:
    named = [key for slot in slots for key in slot]
    known = Resource.objects.filter(pk__in=named, institution=instrument.institution_id, is_retired=False)
    capacities = dict(known.exclude(kind=ResourceKind.INSTRUMENT).values_list("pk", "capacity"))
    if len(capacities) != len(named) or not all(slots) or len(needed_for) != len(slots):
        raise InvalidNeeds
    if any(set(modes) - set(AccessMode.values) for modes in needed_for):
        raise InvalidNeeds
    ways = [sum(capacities[key] for key in slot) for slot in slots]
    if any(
        prod(number for number, modes in zip(ways, needed_for, strict=True) if not modes or mode in modes)
        > MOST_WAYS
        for mode in AccessMode
    ):
        raise InvalidNeeds
