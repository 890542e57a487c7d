"""What a replay reads: past bookings as they were made, what of whom was booked when, and both values.

Reads only; see selectors/replay.py.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Q

from accounts.models import Institution, Tier
from booking.reservations.models import PolicyValue
from booking.reservations.policy_values import (
    Effective,
    Inherit,
    Level,
    StoredValue,
    effective_values,
    with_changes,
)
from booking.reservations.rules.registry import all_rules, defaults
from booking.reservations.selectors.ledgers import Booked, counting_level
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument

Changes = Mapping[tuple[str, str], int | Inherit | None]
"""The values that are tried, by code and tier (empty: all)."""

MOST_BOOKINGS: Final = 10_000
MOST_STATES: Final = 100_000

_BOOKINGS: Final = "SELECT * FROM replay_bookings(%s::bigint[], %s, %s, %s::text[], %s::int[], %s)"
_BOOKED: Final = "SELECT * FROM replay_booked(%s::bigint[], %s::bigint[], %s::bigint[], %s, %s, %s)"
_BEFORE: Final = timedelta(days=62)
"""What ended longer before the first booking lies in no week, month or gap of it."""


class Made(NamedTuple):
    """A booking as it was made. opened, off_peak: the open windows its start lay in and the off-peak ones
    it touched, where they are kept.
    """

    id: int
    instrument_id: int
    kind: str
    tier: Tier
    places: int
    person: int | None
    firm: int | None
    made_at: datetime
    window: TimeWindow
    opened: tuple[TimeWindow, ...]
    off_peak: tuple[TimeWindow, ...]


class Values(NamedTuple):
    """Of one instrument and tier: in force now, and with what is tried."""

    present: dict[str, Effective]
    tried: dict[str, Effective]


ValuesOf = Callable[[int, Tier], Values]
"""From an instrument's id and a tier."""


def values_of(
    at: Instrument | Institution, institution: Institution, groups: Mapping[int, int | None], changes: Changes
) -> ValuesOf:
    """A function from instrument and tier to the values in force and those tried. One query, now."""
    level = Level.INSTRUMENT if isinstance(at, Instrument) else Level.INSTITUTION
    shared, own = _stored(institution, list(groups))

    @cache
    def values(instrument_id: int, tier: Tier) -> Values:
        stored = [*shared.get(None, ()), *shared.get(groups[instrument_id], ()), *own.get(instrument_id, ())]
        tried = with_changes(stored, level, changes)
        return Values(effective_values(stored, tier, defaults()), effective_values(tried, tier, defaults()))

    return values


def _stored(
    institution: Institution, instruments: list[int]
) -> tuple[dict[int | None, list[StoredValue]], dict[int, list[StoredValue]]]:
    """Stored values by group (None: of institution and platform) and by instrument. One query."""
    everywhere = Q(institution=None, group=None, instrument=None)
    here = Q(institution=institution) | Q(group__institution=institution) | Q(instrument__in=instruments)
    shared: dict[int | None, list[StoredValue]] = {}
    own: dict[int, list[StoredValue]] = {}
    for row in PolicyValue.objects.filter(everywhere | here):
        if row.instrument_id is not None:
            own.setdefault(row.instrument_id, []).append(
                StoredValue(row.code, Level.INSTRUMENT, row.tier, row.value)
            )
        else:
            level = Level.GROUP if row.group_id else Level.INSTITUTION if row.institution_id else Level.PLATFORM
            shared.setdefault(row.group_id, []).append(StoredValue(row.code, level, row.tier, row.value))
    return shared, own


def levels_of(whose: Iterable[tuple[int, Tier]], values: ValuesOf) -> set[Level]:
    """At which levels something is counted, before or after."""
    return {
        counting_level(code, each[code].level)
        for instrument_id, tier in whose
        for each in values(instrument_id, tier)
        for code in counted_codes()
        if each[code].value
    }


@cache
def counted_codes() -> tuple[str, ...]:
    """The rules that count and can be replayed."""
    return tuple(code for code, each in all_rules().items() if each.is_counted and each.can_replay)


def read_bookings(instruments: list[int], since: datetime, until: datetime) -> list[Made]:
    """Oldest start first; one more than MOST_BOOKINGS says that there are more. One query."""
    tiers, bits = [tier.value for tier in Tier], [tier.bit for tier in Tier]
    with connection.cursor() as cursor:
        cursor.execute(_BOOKINGS, [instruments, since, until, tiers, bits, MOST_BOOKINGS + 1])
        return [_made(*row) for row in cursor.fetchall()]


def _made(key: int, instrument: int, kind: str, tier: str, places: int, *more: Any) -> Made:
    person, firm, made_at, starts_at, ends_at, opened, off_peak = more
    window, times = TimeWindow(starts_at, ends_at), (_windows(opened), _windows(off_peak))
    return Made(key, instrument, kind, Tier(tier), places, person, firm, made_at, window, *times)


def _windows(document: Any) -> tuple[TimeWindow, ...]:
    spans = json.loads(document) if isinstance(document, str) else document
    return tuple(
        TimeWindow(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)) for start, end in spans
    )


def read_booked(made: Sequence[Made], instruments: list[int], levels: set[Level]) -> list[Booked]:
    """The states of what the people and firms of these bookings had booked. One query."""
    if not made:
        return []
    people = list({each.person for each in made if each.person is not None})
    firms = list({each.firm for each in made if each.firm is not None})
    if levels == {Level.INSTRUMENT}:
        instruments = list({each.instrument_id for each in made})
    scope = None if Level.PLATFORM in levels else instruments
    since = min(min(each.window.starts_at, each.made_at) for each in made) - _BEFORE
    until = max(each.made_at for each in made)
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, [people, firms, scope, since, until, MOST_STATES + 1])
        return [Booked(*row) for row in cursor.fetchall()]
