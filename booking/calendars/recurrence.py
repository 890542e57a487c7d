"""Definitions of repeating time, kept in django-scheduler, and their expansion. Nobody else imports it.

django-scheduler 0.12 has traps; each is answered here and pinned by a test:
expansion happens in the zone of the query, so it is always asked in the definition's own zone; weekdays are
stored by name, because numbers keep only the start's; its occurrences keep elapsed time over a change to summer
time, and are compared each with all before, so an event is asked for its rule alone, and the ends are computed
from the wall clock here; one query per event without prefetch; an old anchor makes expansion slow, so it is moved
on (see `reanchor`). Its urls, views and admin are not mounted.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from schedule.models import Calendar, Event, Rule

from accounts.models import Tier
from booking.calendars.patterns import WEEKDAYS, WORKDAYS, Every, Repeat
from core.errors import Invalid
from core.windows import TimeWindow, at_wall_clock, merged

__all__ = [
    "WEEKDAYS",
    "AudienceWindow",
    "Band",
    "InvalidOpeningHours",
    "InvalidRhythm",
    "Rhythm",
    "audience_windows",
    "bands_of",
    "copied_calendars",
    "create_calendar",
    "grouped_by_audience",
    "pattern_of",
    "reanchor",
    "rhythm_windows",
    "store_bands",
    "store_pattern",
    "store_rhythm",
]

_ANCHOR_AGE = timedelta(days=365)
_SERIES_CALENDAR: Final = "series"
_JUST_AFTER: Final = timedelta(seconds=1)
"""The scheduler leaves out an occurrence that starts when its period ends."""


class InvalidOpeningHours(Invalid):
    """A band that is no band."""

    code = "opening_hours_invalid"
    title = _("The opening hours are not valid.")


@dataclass(frozen=True, slots=True)
class Band:
    """A weekly stretch of opening in wall-clock time.

    end at or before start means the next day: 22:00–06:00 is overnight, 00:00–00:00 the whole day.
    tiers: bit mask of who may book in it (accounts.models.Tier.bit). is_off_peak: what lies in it does not count
    towards the longest booking, and is outside core hours.
    """

    weekdays: tuple[str, ...]
    start: time
    end: time
    tiers: int
    is_off_peak: bool = False

    def __post_init__(self) -> None:
        if not self.weekdays or not set(self.weekdays) <= set(WEEKDAYS):
            raise InvalidOpeningHours(_("Name the weekdays as MO, TU, WE, TH, FR, SA, SU."))
        if not 0 < self.tiers <= Tier.everyone():
            raise InvalidOpeningHours(_("Say for whom the hours are open."))
        if self.start.tzinfo or self.end.tzinfo:
            raise InvalidOpeningHours(_("Opening hours are wall-clock times without an offset."))

    @property
    def days_later(self) -> int:
        """1 when the band ends on the day after it starts."""
        return 0 if self.end > self.start else 1


@dataclass(frozen=True, slots=True)
class AudienceWindow:
    """A maximal stretch that is open to exactly the tiers of the mask as one piece."""

    window: TimeWindow
    tiers: int


def create_calendar(name: str) -> Calendar:
    """An empty calendar of definitions. The slug must be unique and nobody reads it."""
    return Calendar.objects.create(name=name[:200], slug=uuid4().hex)


def store_bands(calendar: Calendar, bands: Sequence[Band], zone: ZoneInfo, on: date) -> list[tuple[Event, int]]:
    """Replace a calendar's definitions by weekly bands anchored in the week before `on`.

    Returns (event, tiers) per band. Existing occurrences in the past are the caller's open windows and stay.
    """
    Event.objects.filter(calendar=calendar).delete()
    return [(_store(calendar, band, zone, on), band.tiers) for band in bands]


def copied_calendars(models: Sequence[Calendar]) -> list[tuple[Calendar, dict[int, Event]]]:
    """A calendar of its own for each of these, with the same definitions: (copy, copied event by original's key).

    A handful of statements for thousands. Occurrences that were changed one by one are not copied.
    """
    originals: dict[int, list[Event]] = {}
    for event in Event.objects.filter(calendar__in={model.pk for model in models}).order_by("pk"):
        originals.setdefault(event.calendar_id, []).append(event)
    made = Calendar.objects.bulk_create(Calendar(name=model.name, slug=uuid4().hex) for model in models)
    copies = [
        (at, original.pk, _copied(original, calendar))
        for at, (calendar, model) in enumerate(zip(made, models, strict=True))
        for original in originals.get(model.pk, ())
    ]
    Event.objects.bulk_create([event for _at, _key, event in copies], batch_size=1000)
    by_original: list[dict[int, Event]] = [{} for _ in made]
    for at, key, event in copies:
        by_original[at][key] = event
    return list(zip(made, by_original, strict=True))


def _copied(event: Event, calendar: Calendar) -> Event:
    return Event(
        calendar=calendar,
        title=event.title,
        rule_id=event.rule_id,
        start=event.start,
        end=event.end,
        end_recurring_period=event.end_recurring_period,
    )


def _store(calendar: Calendar, band: Band, zone: ZoneInfo, on: date) -> Event:
    anchor = _monday(on) - timedelta(days=7)
    return Event.objects.create(
        calendar=calendar,
        title=f"{','.join(band.weekdays)} {band.start:%H:%M}–{band.end:%H:%M}",
        rule=_weekly(band.weekdays),
        start=at_wall_clock(anchor, band.start, zone),
        end=at_wall_clock(anchor + timedelta(days=band.days_later), band.end, zone),
    )


def _weekly(weekdays: Collection[str]) -> Rule:
    """The shared rule for a set of weekdays. Never deleted: that would turn series into single events."""
    names = ",".join(day for day in WEEKDAYS if day in weekdays)
    return _rule("WEEKLY", f"byweekday:{names}", name=f"weekly {names}")


def _rule(frequency: str, params: str, *, name: str) -> Rule:
    """A shared rule. Nothing makes them unique: of two made at the same moment one is as good as the other."""
    known = Rule.objects.filter(name=name, frequency=frequency, params=params).order_by("pk").first()
    return known or Rule.objects.create(name=name, frequency=frequency, params=params)


def store_pattern(repeat: Repeat, occurrences: Sequence[TimeWindow], zone: ZoneInfo) -> Event:
    """Keep how a series repeats: its first window, its rule, and the start of its last one."""
    first, last = occurrences[0], occurrences[-1]
    frequency, params = _stored(repeat.resolved(first.starts_at.astimezone(zone).date()))
    calendar, _created = Calendar.objects.get_or_create(slug=_SERIES_CALENDAR, defaults={"name": _SERIES_CALENDAR})
    return Event.objects.create(
        calendar=calendar,
        title=f"{frequency} {params}",
        rule=_rule(frequency, params, name=repeat.every.value),
        start=first.starts_at,
        end=first.ends_at,
        end_recurring_period=last.starts_at + _JUST_AFTER,
    )


def pattern_of(event: Event, zone: ZoneInfo) -> Repeat:
    """How a stored series repeats; a count has become the date of the last occurrence."""
    given = dict(part.split(":") for part in event.rule.params.split(";"))
    return Repeat(
        every=Every(event.rule.name),
        interval=int(given.get("interval", 1)),
        weekdays=tuple(given["byweekday"].split(",")) if event.rule.name in _NAMES_DAYS else (),
        ordinal=int(given["bysetpos"]) if "bysetpos" in given else None,
        until=(event.end_recurring_period - _JUST_AFTER).astimezone(zone).date(),
    )


_NAMES_DAYS: Final = (Every.WEEK, Every.MONTH_WEEKDAY)


def _stored(repeat: Repeat) -> tuple[str, str]:
    """Frequency and parameters: weekdays by name and the ordinal by position, see the traps above."""
    params = [f"interval:{repeat.interval}"]
    if repeat.every == Every.DAYS:
        return "DAILY", params[0]
    params.append("byweekday:" + ",".join(WORKDAYS if repeat.every == Every.WEEKDAYS else repeat.weekdays))
    if repeat.every != Every.MONTH_WEEKDAY:
        return "WEEKLY", ";".join(params)
    return "MONTHLY", ";".join([*params, f"bysetpos:{repeat.ordinal}"])


def bands_of(
    events_and_tiers: Iterable[tuple[Event, int]], zone: ZoneInfo, *, off_peak: Collection[int] = ()
) -> list[Band]:
    """The stored bands read back, in order of weekday and time. off_peak: ids of the events that are."""
    bands = [
        Band(
            weekdays=tuple(event.rule.params.removeprefix("byweekday:").split(",")),
            start=event.start.astimezone(zone).time(),
            end=event.end.astimezone(zone).time(),
            tiers=tiers,
            is_off_peak=event.pk in off_peak,
        )
        for event, tiers in events_and_tiers
    ]
    return sorted(bands, key=lambda band: (WEEKDAYS.index(band.weekdays[0]), band.start))


def reanchor(calendar: Calendar, zone: ZoneInfo, on: date) -> None:
    """Move anchors that are over a year old to last week: expansion walks from the anchor."""
    for event in Event.objects.filter(calendar=calendar):
        start, end = event.start.astimezone(zone), event.end.astimezone(zone)
        if on - start.date() < _ANCHOR_AGE:
            continue
        weeks = timedelta(days=(_monday(on) - _monday(start.date())).days - 7)
        event.start = at_wall_clock(start.date() + weeks, start.time(), zone)
        event.end = at_wall_clock(end.date() + weeks, end.time(), zone)
        event.save(update_fields=["start", "end"])


def audience_windows(
    events_and_tiers: Sequence[tuple[Event, int]],
    zone: ZoneInfo,
    days: tuple[date, date],
    holidays: Mapping[date, bool],
) -> list[AudienceWindow]:
    """Expand bands over local days [first, last) into the maximal windows of every audience.

    holidays: local date → True for a make-up working day, False for a day off. A make-up day has the
    hours of that week's Monday. Bands of the day before that reach into the first day count.
    Each event needs its rule and prefetched occurrence_set.
    """
    by_tier: dict[Tier, list[TimeWindow]] = {tier: [] for tier in Tier}
    for event, tiers in events_and_tiers:
        windows = _occurrences(event, zone, days, holidays)
        for tier in Tier:
            if tiers & tier.bit:
                by_tier[tier].extend(windows)
    return grouped_by_audience({tier: merged(windows) for tier, windows in by_tier.items()})


def grouped_by_audience(by_tier: Mapping[Tier, Iterable[TimeWindow]]) -> list[AudienceWindow]:
    """Equal windows of several tiers become one with a common mask; sorted by time."""
    masks: dict[TimeWindow, int] = {}
    for tier, windows in by_tier.items():
        bit = tier.bit
        for window in windows:
            masks[window] = masks.get(window, 0) | bit
    return [AudienceWindow(window, mask) for window, mask in sorted(masks.items())]


def _occurrences(
    event: Event, zone: ZoneInfo, days: tuple[date, date], holidays: Mapping[date, bool]
) -> list[TimeWindow]:
    start, end = event.start.astimezone(zone), event.end.astimezone(zone)
    days_later = (end.date() - start.date()).days
    first, last = days[0] - timedelta(days=1), days[1]
    dates = _start_dates(event, zone, _monday(first), last)
    open_dates = [on for on in dates if on >= first and on not in holidays]
    open_dates += [on for on, works in holidays.items() if works and first <= on < last and _monday(on) in dates]
    since = at_wall_clock(days[0], time.min, zone)
    windows = (
        _wall_clock_window(on, start.time(), on + timedelta(days=days_later), end.time(), zone)
        for on in sorted(open_dates)
    )
    return [window for window in windows if window and window.ends_at > since]


def _start_dates(event: Event, zone: ZoneInfo, first: date, last: date) -> set[date]:
    """Local dates in [first, last) on which an occurrence starts; one that was moved counts where it is now."""
    starts = _starts_by_rule(event, zone, first, last)
    exceptions = event.occurrence_set.all()
    starts -= {changed.original_start.astimezone(zone).date() for changed in exceptions}
    starts |= {changed.start.astimezone(zone).date() for changed in exceptions if not changed.cancelled}
    return {on for on in starts if first <= on < last}


def _starts_by_rule(event: Event, zone: ZoneInfo, first: date, last: date) -> set[date]:
    """By the wall clock, which the scheduler's rules go by."""
    rule = event.get_rrule_object(zone)
    if rule is None:
        return {event.start.astimezone(zone).date()}
    until = datetime.combine(last, time.min)
    if event.end_recurring_period:
        until = min(until, event.end_recurring_period.astimezone(zone).replace(tzinfo=None))
    return {at.date() for at in rule.between(datetime.combine(first, time.min), until, inc=True) if at < until}


def _wall_clock_window(start_on: date, start: time, end_on: date, end: time, zone: ZoneInfo) -> TimeWindow | None:
    """None where the change to summer time leaves nothing of it."""
    starts_at, ends_at = at_wall_clock(start_on, start, zone), at_wall_clock(end_on, end, zone)
    return TimeWindow(starts_at, ends_at) if ends_at > starts_at else None


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


LONGEST_REPEATING: Final = timedelta(days=7)

Pattern = Calendar
"""What a rhythm is stored as."""


class InvalidRhythm(Invalid):
    """It is not said when it comes."""

    code = "rhythm_invalid"
    title = _("Say when it comes again.")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A stretch that comes again without end, in wall-clock time: the pattern of closures and maintenance.

    Every so many weeks on the weekday of first_on, or months on that weekday of the month (its fifth: the last
    one); or on dates alone. minutes: elapsed. until: the last local date. Raises InvalidRhythm.
    """

    start: time
    minutes: int
    every: int = 0
    unit: str = ""
    first_on: date | None = None
    dates: tuple[date, ...] = ()
    until: date | None = None

    def __post_init__(self) -> None:
        repeats = self.every > 0 and self.unit in _FREQUENCY and self.first_on is not None
        if repeats == bool(self.dates) or self.start.tzinfo:
            raise InvalidRhythm(_("Say either how often or on which dates, in wall-clock time."))
        if not 0 < self.minutes <= LONGEST_REPEATING.total_seconds() / 60:
            raise InvalidRhythm(_("It may last up to seven days."))


_FREQUENCY: Final = {"weeks": "WEEKLY", "months": "MONTHLY"}


def store_rhythm(rhythm: Rhythm, zone: ZoneInfo) -> Calendar:
    """Keep a rhythm as a calendar of its own: one event that repeats, or one for each date."""
    calendar = create_calendar("repeating closure")
    for on in [rhythm.first_on] if rhythm.first_on else rhythm.dates:
        starts_at = at_wall_clock(on, rhythm.start, zone)
        Event.objects.create(
            calendar=calendar,
            title=f"{rhythm.every} {rhythm.unit} {on} {rhythm.start:%H:%M}".strip(),
            rule=_rhythmic(rhythm, on) if rhythm.every else None,
            start=starts_at,
            end=starts_at + timedelta(minutes=rhythm.minutes),
            end_recurring_period=_after(rhythm.until, zone) if rhythm.every and rhythm.until else None,
        )
    return calendar


def rhythm_windows(calendar: Calendar, zone: ZoneInfo, days: tuple[date, date]) -> list[TimeWindow]:
    """The occurrences of a stored rhythm that start on local days [first, last), at their wall-clock time.

    Each is as long as the first one, in elapsed time. Three statements, whatever the number of occurrences.
    """
    events = Event.objects.filter(calendar=calendar).select_related("rule").prefetch_related("occurrence_set")
    found = set()
    for event in events:
        start, length = event.start.astimezone(zone), event.end - event.start
        for on in _start_dates(event, zone, *days):
            starts_at = at_wall_clock(on, start.time(), zone)
            found.add(TimeWindow(starts_at, starts_at + length))
    return sorted(found)


def _rhythmic(rhythm: Rhythm, on: date) -> Rule:
    """The shared rule: weekdays by name, and which of a month by position, because of the traps above."""
    weekday = WEEKDAYS[on.weekday()]
    params = f"interval:{rhythm.every};byweekday:{weekday}"
    if rhythm.unit == "months":
        nth = (on.day - 1) // 7 + 1
        params += f";bysetpos:{nth if nth < 5 else -1}"
    return _rule(_FREQUENCY[rhythm.unit], params, name="rhythm")


def _after(last: date, zone: ZoneInfo) -> datetime:
    """The end of a local day, behind which nothing starts."""
    return at_wall_clock(last + timedelta(days=1), time.min, zone)
