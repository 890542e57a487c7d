"""The next windows that would pass the time rules: what refusals, searches and cards offer."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from accounts.models import Tier
from booking.reservations.policy_values import Effective
from booking.reservations.rules.registry import Context, Violation, all_rules
from booking.reservations.selectors.availability import Availability
from booking.reservations.selectors.hunts import Hunt, pursue
from booking.reservations.selectors.operators import taken_from
from booking.reservations.selectors.timing import Gap, timing
from core import clock
from core.windows import TimeWindow

GAPS_PER_REFUSAL: Final = (24, 96, 384)
GAPS_PER_CARD: Final = (3, 24, 128, 512)
"""Gaps looked at per instrument, round by round while nothing is found; bounds what an answer costs."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A window on an instrument that would pass the time rules for this tier."""

    instrument_id: int
    window: TimeWindow


@dataclass(frozen=True, slots=True)
class NextFree:
    """An instrument's calendar at a glance. window: the next bookable one.

    is_now: free at this moment, bookable from the next grid line on. is_certain: without a window there is
    none; otherwise the search was given up at its bounds.
    """

    revision: int
    window: TimeWindow | None
    is_now: bool
    is_certain: bool = True


def windows_instead(context: Context, violations: Sequence[Violation]) -> list[TimeWindow]:
    """What to offer to a wish with these violations: `next_windows` that break no counted rule, as far as is known.

    None where every window breaks one again; never the window that is refused.
    """
    rules = all_rules()
    broken = [each for each in violations if rules[each.code].is_counted]
    starts = [each.not_before for each in broken if each.not_before]
    if len(starts) < len(broken):
        return []
    counted = [rule for rule in rules.values() if rule.is_counted] if context.counted else []
    return [
        window
        for window in next_windows(context, since=max(starts, default=None))
        if window != context.window and not any(rule.check(replace(context, window=window)) for rule in counted)
    ]


def next_windows(context: Context, *, since: datetime | None = None, count: int = 3) -> list[TimeWindow]:
    """The first windows of the wished length, from `since` or the wished start on, that respect opening hours,
    grid, lead time, booking window and other bookings, with as many places; at most one per gap. Bounded: usually
    one statement, more while too few are found, beyond the index of free gaps too, and one where the operator is
    settled. What is moved is not in the way.
    None where no time would help: the instrument or the person takes part in no booking.
    """
    wished, start = context.window, since or context.window.starts_at
    timed = timing(context.values, context.zone, now=context.now, since=start, minutes=wished.minutes)
    if timed.is_impossible or context.status != "published" or not context.user_active:
        return []
    hunt = Hunt(
        context.instrument_id,
        context.tier,
        context.now,
        start,
        places=context.places,
        count=count,
        timing=timed,
        busy=taken_from(context.operators, start, context.excluding) if context.operators else (),
    )
    limits = [limit * min(context.places, 10) for limit in GAPS_PER_REFUSAL]
    pursue([hunt], limits, without=context.excluding, mode=context.own_mode)
    return hunt.found()


def next_free(
    wanted: Collection[tuple[int, Tier]],
    *,
    minutes: int = 0,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[int, NextFree]:
    """For each (instrument, tier): the next window that `quotes` would pass, personal caps aside.

    minutes: length asked for (0: the shortest booking). since/until: bounds of the window, aware UTC.
    One statement for all; a few more, bounded, for those whose first gaps do not suit their own rules, and one
    for at most MOST_BEYOND whose time may lie beyond the index of free gaps.
    """
    now = clock.now()
    start = max(since or now, now)
    hunts = [Hunt(key, tier, now, start, until, minutes) for key, tier in wanted]
    pursue(hunts, GAPS_PER_CARD)
    return {hunt.instrument_id: _glance(hunt) for hunt in hunts if hunt.timing}


def first_bookable(
    found: Availability, stretch: TimeWindow, values: Mapping[str, Effective], zone: ZoneInfo, minutes: int
) -> TimeWindow | None:
    """The first window within a free stretch that the time rules pass: as long as wished, or as much as fits.

    None: nothing in the stretch can be booked. It starts in the stretch, lies in one place's gap and may end
    after the stretch.
    """
    now = clock.now()
    timed = timing(values, zone, now=now, since=max(stretch.starts_at, now), minutes=minutes)
    windows = (timed.longest_window(gap) for gap in _gaps_in(found, stretch))
    return next((window for window in windows if window and window.starts_at < stretch.ends_at), None)


def _gaps_in(found: Availability, stretch: TimeWindow) -> Iterator[Gap]:
    for gap in sorted(found.gaps):
        opened = next((window.starts_at for window in found.open if window.contains(gap)), gap.starts_at)
        if gap.overlaps(stretch):
            yield Gap(gap.starts_at, gap.ends_at, opened)


def with_nearest(violations: list[Violation], windows: list[TimeWindow]) -> list[Violation]:
    """Violations of rules that another window would keep get the first one that passes them all."""
    if not windows:
        return violations
    rules = all_rules()
    return [replace(broken, nearest=windows[0]) if rules[broken.code].is_timed else broken for broken in violations]


def blocks_time(violations: Iterable[Violation]) -> bool:
    """Whether the time itself is taken or closed: 409 rather than 422."""
    return any(all_rules()[broken.code].blocks_time for broken in violations)


def _glance(hunt: Hunt) -> NextFree:
    windows = hunt.found()
    if not windows:
        impossible = hunt.timing is not None and hunt.timing.is_impossible
        return NextFree(hunt.revision, None, is_now=False, is_certain=hunt.is_certain or impossible)
    (window,), now = windows, hunt.now
    assert hunt.timing is not None
    is_now = hunt.windows[window].starts_at <= now and window.starts_at - now < hunt.timing.step
    return NextFree(hunt.revision, window, is_now=is_now)
