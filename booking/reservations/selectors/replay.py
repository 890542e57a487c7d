"""What other values would have refused: past bookings judged again as they were made. Reads only.

Each booking is judged with its first window, tier, person and firm, at the moment it was booked (a hold:
confirmed), against what those had booked at that moment. Moving it later is not judged. Neither are rules whose
facts of that day are not kept; the answer says which.
"""

import calendar
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, NamedTuple

from accounts.models import Institution
from booking.reservations.models import Reservation
from booking.reservations.policy_values import Effective, Level
from booking.reservations.rules.registry import Context, Counted, Rule, Violation, all_rules, judged_again
from booking.reservations.selectors.access import with_related
from booking.reservations.selectors.ledgers import Booked, Ledgers
from booking.reservations.selectors.replay_facts import (
    MOST_BOOKINGS,
    MOST_STATES,
    Changes,
    Made,
    ValuesOf,
    counted_codes,
    levels_of,
    read_booked,
    read_bookings,
    values_of,
)
from core import clock
from core.windows import TimeWindow, at_wall_clock, zone
from instruments.catalogue.models import Instrument

LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class Refused:
    """A booking that the tried values refuse. window: as it was made. present: codes of what refuses it today."""

    reservation: Reservation
    made_at: datetime
    window: TimeWindow
    violations: tuple[Violation, ...]
    present: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many bookings a rule refuses under the tried values; today_too: and under the present ones as well."""

    rule: Rule
    refused: int
    today_too: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found. refused: bookings that only the tried values refuse, today_too: that both refuse.

    let_through: that only the present ones refuse. Lists hold the newest LISTED. is_incomplete: there were more
    than MOST_BOOKINGS, judged are the newest. without_hours: so many began outside the hours that are kept for
    their day, and are not judged by the time grid. not_judged: rules that nothing is judged by.
    """

    since: datetime
    until: datetime
    judged: int
    is_incomplete: bool
    refused: int
    today_too: int
    let_through: int
    without_hours: int
    rules: tuple[RuleCount, ...]
    bookings: tuple[Refused, ...]
    bookings_today_too: tuple[Refused, ...]
    not_judged: tuple[Rule, ...]


class _Judged(NamedTuple):
    made: Made
    tried: tuple[Violation, ...]
    present: tuple[str, ...]


def replay(at: Instrument | Institution, changes: Changes, *, months: int) -> Replay:
    """Judge the bookings that began in the last months by values that are tried at an instrument or institution.

    Five queries at most. Writes nothing.
    """
    institution = at.institution if isinstance(at, Instrument) else at
    groups = dict(Instrument.objects.filter(institution=institution).values_list("pk", "group_id"))
    instruments = [at.pk] if isinstance(at, Instrument) else list(groups)
    since, until = _span(months, institution)
    read = read_bookings(instruments, since, until)
    made = [each for each in read[-MOST_BOOKINGS:] if each.instrument_id in groups]
    values = values_of(at, institution, groups, changes)
    levels = levels_of({(each.instrument_id, each.tier) for each in made}, values)
    booked = read_booked(made, list(groups), levels) if levels else []
    trusted = len(booked) <= MOST_STATES
    judge = _Judge(institution, Ledgers(zone(institution.zone), groups, levels if trusted else ()), trusted, values)
    found = list(_swept(made, booked if trusted else [], judge))
    is_incomplete = len(read) > MOST_BOOKINGS
    since = made[0].window.starts_at if is_incomplete and made else since
    return _told(found, since=since, until=until, is_incomplete=is_incomplete, trusted=trusted)


class _Judge(NamedTuple):
    """Judges one booking by both values. counts: whether what people had booked is known."""

    institution: Institution
    ledgers: Ledgers
    counts: bool
    values: ValuesOf

    def judged(self, made: Made) -> _Judged:
        """Both verdicts on one booking, at its moment of the sweep."""
        values = self.values(made.instrument_id, made.tier)
        present = judged_again(self._context(made, values.present))
        tried = judged_again(self._context(made, values.tried))
        return _Judged(made, tuple(tried), tuple(each.code for each in present))

    def _context(self, made: Made, values: dict[str, Effective]) -> Context:
        """What the rules may read; the facts of rules that can't be replayed are left at what breaks none."""
        if not made.opened:
            values = {**values, "on_grid": Effective(None, Level.DEFAULT)}
        return Context(
            now=made.made_at,
            window=made.window,
            tier=made.tier,
            kind=made.kind,
            places=made.places,
            by_staff=False,
            zone=zone(self.institution.zone),
            instrument_id=made.instrument_id,
            institution_id=self.institution.pk,
            resource_id=0,
            revision=0,
            capacity=made.places,
            turnaround_minutes=0,
            status="published",
            user_active=True,
            hourly_fen=None,
            open=made.opened,
            off_peak=made.off_peak,
            taken=(),
            values=values,
            counted=dict(self._counted(made, values)) if self.counts else {},
        )

    def _counted(self, made: Made, values: dict[str, Effective]) -> Iterator[tuple[str, Counted]]:
        for code in counted_codes():
            subject = made.firm if code.endswith("_enterprise") else made.person
            value, level = values[code].value, values[code].level
            if value and subject is not None:
                yield (
                    code,
                    self.ledgers.fact(code, subject, level, made.instrument_id, made.made_at, made.window, value),
                )


def _swept(made: Sequence[Made], booked: Sequence[Booked], judge: _Judge) -> Iterator[_Judged]:
    """All in the order of time: what lapses, then booking by booking, each judged before it counts itself."""
    steps: list[tuple[datetime, int, int, int, Made | Booked]] = []
    for state in booked:
        steps.append((state.since, 1, state.id, 1, state))
        if state.until is not None:
            steps.append((state.until, 0, state.id, 0, state))
    steps.extend((each.made_at, 1, each.id, 0, each) for each in made)
    for _at, begins, booking_id, _order, what in sorted(steps, key=lambda step: step[:4]):
        if isinstance(what, Made):
            judge.ledgers.forget(booking_id)
            yield judge.judged(what)
        elif begins:
            judge.ledgers.put(what)
        else:
            judge.ledgers.end(what)


def _told(
    found: Iterable[_Judged], *, since: datetime, until: datetime, is_incomplete: bool, trusted: bool
) -> Replay:
    judged = sorted(found, key=lambda each: (each.made.window, each.made.id), reverse=True)
    refused = [each for each in judged if each.tried and not each.present]
    today_too = [each for each in judged if each.tried and each.present]
    listed = _listed([*refused[:LISTED], *today_too[:LISTED]])
    return Replay(
        since=since,
        until=until,
        judged=len(judged),
        is_incomplete=is_incomplete,
        refused=len(refused),
        today_too=len(today_too),
        let_through=sum(1 for each in judged if each.present and not each.tried),
        without_hours=sum(1 for each in judged if not each.made.opened),
        rules=tuple(_rule_counts(judged)),
        bookings=tuple(each for each in listed if not each.present),
        bookings_today_too=tuple(each for each in listed if each.present),
        not_judged=tuple(each for each in all_rules().values() if _is_left_out(each, trusted)),
    )


def _is_left_out(each: Rule, trusted: bool) -> bool:
    """Whether values decide about a rule, but the replay could not judge by it."""
    if each.can_replay:
        return each.is_counted and not trusted
    return each.setting is not None or each.is_counted


def _rule_counts(judged: Sequence[_Judged]) -> Iterator[RuleCount]:
    refused: Counter[str] = Counter()
    today_too: Counter[str] = Counter()
    for each in judged:
        for broken in each.tried:
            (today_too if broken.code in each.present else refused)[broken.code] += 1
    for code, rule in all_rules().items():
        if refused[code] or today_too[code]:
            yield RuleCount(rule, refused[code], today_too[code])


def _listed(judged: Sequence[_Judged]) -> list[Refused]:
    """With the reservations they are about, in their order. One query."""
    rows = with_related(Reservation.objects.all()).in_bulk([each.made.id for each in judged])
    return [
        Refused(rows[each.made.id], each.made.made_at, each.made.window, each.tried, each.present)
        for each in judged
        if each.made.id in rows
    ]


def _span(months: int, institution: Institution) -> tuple[datetime, datetime]:
    """From the local midnight so many calendar months ago until now."""
    today = clock.today(zone(institution.zone))
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    day = min(today.day, calendar.monthrange(year, month + 1)[1])
    return at_wall_clock(date(year, month + 1, day), time.min, zone(institution.zone)), clock.now()
