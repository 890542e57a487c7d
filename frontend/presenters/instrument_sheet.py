"""Everything the page of one instrument shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Enterprise, Tier
from accounts.selectors import firms_to_book_for, own_enterprises
from accounts.viewers import Viewer
from booking.calendars.selectors import opening_hours
from booking.discovery.selectors import Card, cards_for
from booking.intake.questions import modes_of
from booking.intake.selectors import form_in_force, questions_in
from booking.pricing.selectors import hourly_rates
from booking.reservations.policy_values import Effective
from booking.reservations.selectors.access import CalendarHead, access_calendar
from booking.reservations.selectors.availability import availability
from booking.reservations.selectors.policy import policy_in_force
from core import clock
from core.durations import in_words
from core.windows import zone as zone_of
from frontend.forms.booking import BookingForm, WaitForm
from frontend.forms.filled import Intake
from frontend.forms.series import RepeatForm
from frontend.forms.wall_clock import wall_clock
from frontend.presenters.free_windows import FreeDay, free_days
from frontend.presenters.opening import opening_in_words
from frontend.presenters.rules import RuleInWords, rules_in_words
from frontend.presenters.week_calendar import calendar_settings
from frontend.presenters.weeks import Week, first_day
from instruments.catalogue.models import AccessMode, Instrument

_SNAP = 15


@dataclass(frozen=True, slots=True)
class Price:
    """The price of an hour for one kind of user."""

    tier: Tier
    hourly_fen: int
    is_yours: bool


class InstrumentSheet:
    """One instrument as one viewer sees it; each part is read when the page first asks for it.

    given: the address's query: `week` (first day shown), `start` and `end` (a chosen window, wall clock).
    """

    def __init__(self, viewer: Viewer, instrument: Instrument, given: QueryDict) -> None:
        self.viewer, self.instrument, self.given = viewer, instrument, given
        self.zone = instrument.institution.zone

    @cached_property
    def calendar(self) -> CalendarHead:
        return access_calendar(self.viewer, self.instrument.pk)

    @cached_property
    def card(self) -> Card:
        return cards_for(self.viewer, [self.instrument])[0]

    @cached_property
    def policy(self) -> Mapping[str, Effective]:
        return policy_in_force(self.instrument, self.card.tier)

    @cached_property
    def week(self) -> Week:
        """The seven days asked for, else those of the chosen window, else the first with something free."""
        free = self.card.free.window if self.card.free else None
        soonest = (free.starts_at if free else clock.now()).astimezone(zone_of(self.zone)).date()
        chosen = _wall(self.given.get("start", ""))
        return Week.asked(
            self.given.get("week", ""), self.zone, first_day(self.zone, chosen[0] if chosen else soonest)
        )

    @cached_property
    def free_days(self) -> list[FreeDay]:
        if self.instrument.status != "published":
            return []
        found = availability(self.calendar, self.week.window, self.card.tier, self.viewer)
        return free_days(found, self.policy, self.zone)

    @property
    def rules(self) -> list[RuleInWords]:
        return rules_in_words(self.policy)

    @cached_property
    def opening(self) -> list[tuple[str, str]]:
        current = opening_hours(self.instrument.pk)
        return opening_in_words(current.bands, self.card.tier) if current else []

    @cached_property
    def prices(self) -> list[Price]:
        rates = hourly_rates(self.instrument.pk, clock.today(zone_of(self.zone)))
        return [Price(tier, rates[tier], tier == self.card.tier) for tier in Tier if tier in rates]

    @property
    def access_modes(self) -> list[AccessMode]:
        return [AccessMode(code) for code in self.instrument.access_modes]

    @cached_property
    def form(self) -> BookingForm:
        return BookingForm(None, **self._choices, initial=self._chosen())

    def booking_form(self, data: QueryDict | None = None, **kwargs: Any) -> BookingForm:
        """The booking form for this instrument and viewer; arguments are the form's."""
        return BookingForm(data, **self._choices, behalf=self._others, **kwargs)

    def repeat_form(self, data: QueryDict | None = None, **kwargs: Any) -> RepeatForm:
        """The same with how the booking repeats."""
        return RepeatForm(data, **self._choices, behalf=self._others, **kwargs)

    def wait_form(self, data: QueryDict | None = None) -> WaitForm:
        """The form that joins the waiting list, with the window that the address names."""
        return WaitForm(data, **self._choices, initial=self._chosen())

    @cached_property
    def _choices(self) -> dict[str, Any]:
        firms = [] if self.viewer.is_anonymous else list(own_enterprises(self.viewer))
        return {"zone": self.zone, "capacity": self.calendar.capacity, "firms": firms, "intake": self.intake}

    @cached_property
    def intake(self) -> Intake:
        """What is asked of who books."""
        must_declare = bool(self.policy["sample_declared"].value)
        form = form_in_force(self.instrument.pk)
        modes = modes_of(self.instrument.access_modes)
        return Intake(self.viewer, self.instrument, questions_in(form), modes, must_declare)

    @property
    def asks(self) -> bool:
        """Whether something has to be filled in or chosen before booking, on a page of its own."""
        by_mode = self.calendar.needs_vary and len(self.intake.modes) > 1
        return bool(self.intake.questions) or self.intake.must_declare or by_mode

    @property
    def books_for_firms(self) -> bool:
        """Whether the viewer may book here on behalf of firms."""
        return self.viewer.books_for_firms(self.instrument.institution_id)

    @cached_property
    def _others(self) -> "QuerySet[Enterprise] | None":
        return firms_to_book_for(self.viewer, self.instrument.institution_id) if self.books_for_firms else None

    @property
    def sign_in_address(self) -> str:
        """Sign in, and come back to the same week and choice."""
        return f"{reverse('sign-in')}?{urlencode({'next': self.address})}"

    @property
    def address(self) -> str:
        """This page with the week and the choice that are on it."""
        kept = {name: str(self.given[name]) for name in ("week", "start", "end") if self.given.get(name)}
        return f"{reverse('instrument', args=[self.instrument.slug])}{'?' if kept else ''}{urlencode(kept)}"

    @property
    def turnaround(self) -> str:
        """How long the instrument is kept free after a booking; empty: not at all."""
        minutes = self.calendar.turnaround_minutes
        return in_words(minutes) if minutes else ""

    @cached_property
    def settings(self) -> dict[str, Any]:
        grid = self.policy["on_grid"].value or _SNAP
        return calendar_settings(
            self.viewer,
            self.instrument,
            self.week,
            revision=self.calendar.revision,
            grid=grid,
            sign_in=self.sign_in_address,
        )

    def _chosen(self) -> dict[str, Any]:
        """The window in the address, else the first free one of the week, as initial values."""
        given = [_wall(self.given.get(end, "")) for end in ("start", "end")]
        if None in given and self.free_days:
            suggested = QueryDict(self.free_days[0].windows[0].query)
            given = [_wall(suggested[end]) for end in ("start", "end")]
        names = ("start_date", "start_time", "end_date", "end_time")
        return dict(zip(names, (part for each in given if each for part in each), strict=False))


def _wall(text: str) -> "tuple[date, time] | None":
    """`2026-03-02T09:00` as date and time."""
    moment = wall_clock(text)
    return (moment.date(), moment.time()) if moment else None
