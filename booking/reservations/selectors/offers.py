"""The next windows that would pass the time rules: what refusals and searches offer."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.models import Tier
from booking.reservations.policy_values import Effective, StoredValue, effective_values
from booking.reservations.rules.registry import Context, Violation, all_rules, defaults
from core import clock
from core.windows import TimeWindow, at_wall_clock
from core.windows import zone as zone_of

GAPS_PER_REFUSAL = 24
GAPS_PER_CARD = 8
"""Gaps looked at per instrument; keeps the cost of a refusal and of a page of cards bounded."""

_TIMED = frozenset({"place_free", "not_closed", "within_opening_hours", "starts_in_future", "lead_time"})

_NEXT_GAPS = """
    SELECT w.instrument, n.zone, r.revision, reservation_policy(i.id, i.group_id, i.institution_id), (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            extract(epoch FROM s.starts_at), extract(epoch FROM s.ends_at), extract(epoch FROM s.opened_at))), '[]')
        FROM (
            SELECT g.starts_at, g.ends_at, lower(o.during) AS opened_at
            FROM (
                SELECT starts_at, ends_at FROM calendars_freegap
                WHERE resource_id = r.id AND tiers & w.bit <> 0
                  AND ends_at > %(since)s AND starts_at < %(until)s AND minutes + 0 >= %(minutes)s
                ORDER BY starts_at, ends_at LIMIT %(limit)s
            ) g
            CROSS JOIN LATERAL calendar_open_windows(r.id, tstzrange(g.starts_at, g.ends_at)) o
            WHERE o.tiers & w.bit <> 0
            ORDER BY g.starts_at, g.ends_at
        ) s)
    FROM unnest(%(ids)s::bigint[], %(bits)s::int[]) w (instrument, bit)
    JOIN calendars_resource r ON r.instrument_id = w.instrument
    JOIN catalogue_instrument i ON i.id = w.instrument
    JOIN accounts_institution n ON n.id = i.institution_id
"""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A window on an instrument that would pass the time rules for this tier."""

    instrument_id: int
    window: TimeWindow


@dataclass(frozen=True, slots=True)
class NextFree:
    """An instrument's calendar at a glance. window: the next bookable one, None within the search horizon.

    is_now: free at this moment, bookable from the next grid line on.
    """

    revision: int
    window: TimeWindow | None
    is_now: bool


class _Gap(NamedTuple):
    starts_at: datetime
    ends_at: datetime
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class _Timing:
    """What the time rules ask of a window. All in the instrument's zone; earliest and latest start aware UTC.

    length None: the shortest, the longest booking and the grid leave none.
    """

    earliest: datetime
    latest: datetime | None
    step: timedelta
    length: timedelta | None
    zone: ZoneInfo

    def first_window(self, gap: _Gap) -> TimeWindow | None:
        """The first window of the length in a gap that lies on the grid."""
        start = self._on_grid(gap, max(gap.starts_at, self.earliest))
        if self.length is None or start + self.length > gap.ends_at:
            return None
        if self.latest is not None and start > self.latest:
            return None
        return TimeWindow(start, start + self.length)

    def _on_grid(self, gap: _Gap, start: datetime) -> datetime:
        """The first grid line from `start` on; the next local day has a grid of its own, from midnight."""
        local_date = start.astimezone(self.zone).date()
        midnight, next_midnight = (
            at_wall_clock(on, time.min, self.zone) for on in (local_date, local_date + timedelta(days=1))
        )
        origin = max(midnight, gap.opened_at)
        return min(origin - ((origin - start) // self.step) * self.step, next_midnight)


def next_windows(context: Context, *, count: int = 3) -> list[TimeWindow]:
    """The first windows of the wished length, from the wished start on, that respect opening hours, grid,
    lead time, booking window and other bookings, with as many places; at most one per gap. One query, bounded.
    None where no time would help: the instrument or the person takes part in no booking.
    """
    timing = _timing(context.values, context.zone, context.now, context.window.starts_at, context.window.minutes)
    if timing.length is None or context.status != "published" or not context.user_active:
        return []
    wanted, limit = [(context.instrument_id, context.tier)], GAPS_PER_REFUSAL * min(context.places, 10)
    windows: list[TimeWindow] = []
    for row in _next_gaps(wanted, timing.earliest, None, timing.length, limit=limit):
        for gap in _common(row.gaps, context.places):
            window = timing.first_window(gap)
            if window and window not in windows:
                windows.append(window)
    return windows[:count]


def _common(gaps: list[_Gap], places: int) -> list[_Gap]:
    """The longest stretches from each start on that as many gaps have in common; one place's never overlap."""
    if places == 1:
        return gaps
    common: list[_Gap] = []
    for starts_at in sorted({gap.starts_at for gap in gaps}):
        holding = [gap for gap in gaps if gap.starts_at <= starts_at < gap.ends_at]
        if len(holding) >= places:
            last = sorted(holding, key=lambda gap: gap.ends_at, reverse=True)[places - 1]
            common.append(last._replace(starts_at=starts_at))
    return common


def next_free(
    wanted: Collection[tuple[int, Tier]],
    *,
    minutes: int = 0,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[int, NextFree]:
    """For each (instrument, tier): the next window that `quotes` would pass, personal caps aside.

    minutes: length asked for (0: the shortest booking). since/until: bounds of the window, aware UTC.
    One statement for all.
    """
    now = clock.now()
    tiers = dict(wanted)
    length = timedelta(minutes=max(minutes, 1))
    rows = _next_gaps(wanted, max(since or now, now), until, length, limit=GAPS_PER_CARD)
    return {row.instrument_id: _next_of(row, tiers[row.instrument_id], now, since, until, minutes) for row in rows}


def with_nearest(violations: list[Violation], windows: list[TimeWindow]) -> list[Violation]:
    """Violations of the time rules without a nearest window of their own get the first one that passes."""
    if not windows:
        return violations
    return [
        replace(broken, nearest=windows[0]) if broken.nearest is None and broken.code in _TIMED else broken
        for broken in violations
    ]


def blocks_time(violations: Iterable[Violation]) -> bool:
    """Whether the time itself is taken or closed: 409 rather than 422."""
    return any(all_rules()[broken.code].blocks_time for broken in violations)


class _Row(NamedTuple):
    instrument_id: int
    zone: ZoneInfo
    revision: int
    policy: list[StoredValue]
    gaps: list[_Gap]


def _next_gaps(
    wanted: Collection[tuple[int, Tier]],
    since: datetime,
    until: datetime | None,
    length: timedelta,
    *,
    limit: int,
) -> Iterator[_Row]:
    parameters: dict[str, Any] = {
        "ids": [instrument_id for instrument_id, _ in wanted],
        "bits": [tier.bit for _, tier in wanted],
        "since": since,
        "until": until or datetime.max.replace(tzinfo=UTC),
        "minutes": int(length.total_seconds() // 60),
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_GAPS, parameters)
        rows = cursor.fetchall()
    for instrument_id, zone_name, revision, policy, gaps in rows:
        yield _Row(
            instrument_id,
            zone_of(zone_name),
            revision,
            [StoredValue(*value) for value in _parsed(policy)],
            [_Gap(*(datetime.fromtimestamp(at, UTC) for at in gap)) for gap in _parsed(gaps)],
        )


def _parsed(document: str | list[list[Any]]) -> list[list[Any]]:
    parsed: list[list[Any]] = json.loads(document) if isinstance(document, str) else document
    return parsed


def _next_of(
    row: _Row, tier: Tier, now: datetime, since: datetime | None, until: datetime | None, minutes: int
) -> NextFree:
    values = effective_values(row.policy, tier, defaults())
    timing = _timing(values, row.zone, now, max(since or now, now), minutes)
    window, found_in = next(
        ((window, gap) for gap in row.gaps if (window := timing.first_window(gap))), (None, None)
    )
    if window is None or found_in is None or (until is not None and window.ends_at > until):
        return NextFree(row.revision, None, is_now=False)
    is_now = found_in.starts_at <= now and window.starts_at - now < timing.step
    return NextFree(row.revision, window, is_now=is_now)


def _timing(
    values: Mapping[str, Effective], zone: ZoneInfo, now: datetime, since: datetime, minutes: int
) -> _Timing:
    lead, ahead = values["lead_time"].value or 0, values["booking_window"].value
    step = values["on_grid"].value or 1
    allowed = _allowed_minutes(values, minutes, step)
    return _Timing(
        earliest=max(since, now + timedelta(minutes=lead)),
        latest=None if ahead is None else now + timedelta(days=ahead),
        step=timedelta(minutes=step),
        length=None if allowed is None else timedelta(minutes=allowed),
        zone=zone,
    )


def _allowed_minutes(values: Mapping[str, Effective], minutes: int, step: int) -> int | None:
    """The wished length, brought within the shortest and longest booking and onto the grid; None: impossible."""
    shortest = _rounded_up(max(values["min_duration"].value or 1, 1), step)
    wished = max(shortest, _rounded_up(minutes, step))
    longest = values["max_duration"].value
    if longest is None:
        return wished
    longest = longest // step * step
    return min(wished, longest) if shortest <= longest else None


def _rounded_up(minutes: int, step: int) -> int:
    return -(-minutes // step) * step
