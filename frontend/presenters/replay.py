"""A replay of past bookings as a person reads it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from accounts.models import Tier
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import Violation, all_rules
from booking.reservations.selectors.replay import Refused, Replay
from core.windows import TimeWindow
from frontend.presenters.rules import amount, listed


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule with the value tried and what the booking had, with their units."""

    code: str
    title: str | Promise
    limit: str
    actual: str


@dataclass(frozen=True, slots=True)
class RefusedBooking:
    """One booking as it was made."""

    reservation: Reservation
    made_at: datetime
    window: TimeWindow
    tier: str
    broken: list[BrokenRule]


@dataclass(frozen=True, slots=True)
class ReplayInWords:
    """What the page shows. are_changed: whether anything was typed. not_judged: names of rules."""

    found: Replay
    are_changed: bool
    groups: list[tuple[bool, int, list[RefusedBooking]]]
    not_judged: str


def replay_in_words(found: Replay, *, are_changed: bool) -> ReplayInWords:
    """groups: whether the present values refuse them as well, how many, the newest of them; none that is empty."""
    groups = [(False, found.refused, found.bookings), (True, found.today_too, found.bookings_today_too)]
    return ReplayInWords(
        found,
        are_changed,
        [(today_too, count, [_row(each) for each in rows]) for today_too, count, rows in groups if count],
        listed(str(each.title) for each in found.not_judged),
    )


def _row(each: Refused) -> RefusedBooking:
    tier = str(Tier(each.reservation.tier).label)
    broken = [_broken(violation) for violation in each.violations]
    return RefusedBooking(each.reservation, each.made_at, each.window, tier, broken)


def _broken(violation: Violation) -> BrokenRule:
    rule = all_rules()[violation.code]
    unit = rule.setting.unit if rule.setting else ""
    limit, actual = (amount(int(value or 0), unit) for value in (violation.limit, violation.actual))
    return BrokenRule(rule.code, rule.title, limit, actual)
