"""Ways out for bookings that can't stay where they are: another window, a twin instrument, or cancelling."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db.models import Case, IntegerField, Q, When

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.reservations.models import Reservation, Status
from booking.reservations.rules.registry import USES, Context, evaluate
from booking.reservations.selectors.contexts import Asked, read_contexts
from booking.reservations.selectors.operators import (
    NOTHING_HELD,
    OperatorChoice,
    choice_of,
    held_by,
    names_in,
    preferring,
    stand_ins,
)
from booking.reservations.selectors.remaining import Remaining, remaining_time
from booking.reservations.selectors.timing import timing
from core import clock
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument, InstrumentStatus

LOOK_AHEAD: Final = timedelta(days=35)
NEAR: Final = timedelta(days=7)
"""A move within this time is proposed before a twin."""
MOST_TWINS: Final = 8
_LONG: Final = ("search", "description", "technical_indicators", "services", "methods", "sample_requirements")


class Action(StrEnum):
    """What becomes of a booking. keep: it stays, a closure begins after it; end: it runs and ends earlier."""

    MOVE = "move"
    TWIN = "twin"
    CANCEL = "cancel"
    KEEP = "keep"
    END = "end"


@dataclass(frozen=True, slots=True)
class Step:
    """One booking's part of a plan. window: for a move; instrument_id: for a twin, at the same time unless window.

    waivers: reason by code of the rules to let pass. operator: who shall run it there, as in a move; on a twin that
    its operator does not run, whoever is free does.
    """

    reservation_id: int
    action: Action
    window: TimeWindow | None = None
    instrument_id: int | None = None
    waivers: Mapping[str, str] = field(default_factory=dict)
    operator: OperatorChoice = None


@dataclass(frozen=True, slots=True)
class WaysOut:
    """One booking with what can become of it. window: the nearest other one; twins: free at the same time.

    operators: who runs it; stand_ins: by instrument, who would run it there instead (in the window or on the twin).
    The proposals of one list can all be carried out together.
    """

    reservation: Reservation
    window: TimeWindow | None
    twins: tuple[Instrument, ...]
    actions: tuple[Action, ...]
    proposal: Step
    operators: Mapping[int, str] = field(default_factory=dict)
    stand_ins: Mapping[int, Mapping[int, str]] = field(default_factory=dict)


def twins_of(instrument: Instrument) -> list[Instrument]:
    """Instruments that can stand in: of the same institution, published, of one category and model or one group.

    At most MOST_TWINS, the same model first. One query.
    """
    same_group = Q(group_id=instrument.group_id, group__isnull=False)
    same_model = Q(category_id=instrument.category_id, category__isnull=False, model=instrument.model)
    same_model &= ~Q(model="")
    found = Instrument.objects.filter(same_group | same_model, status=InstrumentStatus.PUBLISHED)
    closeness = Case(When(same_model, then=0), default=1, output_field=IntegerField())
    return list(
        found.filter(institution_id=instrument.institution_id)
        .exclude(pk=instrument.pk)
        .select_related("institution")
        .defer(*_LONG)
        .order_by(closeness, "name_zh", "name_en", "pk")[:MOST_TWINS]
    )


def ways_out(
    viewer: Viewer,
    instrument: Instrument,
    reservations: Sequence[Reservation],
    *,
    since: datetime | None,
    is_closing: bool = True,
    places: int | None = None,
) -> list[WaysOut]:
    """What can become of these bookings of one instrument, in their order. Five statements, whatever their number,
    and two more where something is needed besides instruments.

    since: the first instant to which they can move, None: they can't move on this instrument. is_closing: they
    can't stay. places: how many are left on this instrument, None: all. The rules are those for the beneficiary;
    what a plan promises to one is gone for the next.
    """
    bookings = [each for each in reservations if _is_movable(each)]
    if not bookings:
        return [_without_choice(each, is_closing) for each in reservations]
    return _Search(viewer, instrument, bookings, since, places).ways(reservations, is_closing)


def window_of(reservation: Reservation) -> TimeWindow:
    """The agreed window."""
    return TimeWindow.of(reservation.during)


def asked_of(reservation: Reservation, window: TimeWindow, instrument_id: int) -> Asked:
    """The wish that this booking be in a window, on its own or another instrument."""
    return Asked(
        instrument_id,
        window,
        Tier(reservation.tier),
        reservation.kind,
        reservation.places,
        reservation.user_id,
        reservation.pk,
        account_id=reservation.account_id,
        operating_id=reservation.booked_by_id,
        mode=reservation.access_mode,
    )


def returned(context: Context, instrument: Instrument, back_at: datetime | None) -> Context:
    """What the rules know about a window after a suspended instrument is expected back: it takes bookings then.

    Nobody can book a suspended instrument; this is for those who have booked it and whose time has to move.
    """
    is_back = back_at is not None and context.window.starts_at >= back_at
    if is_back and context.instrument_id == instrument.pk and context.status == InstrumentStatus.SUSPENDED:
        return replace(context, status=InstrumentStatus.PUBLISHED.value, fault_until=None)
    return context


class _Search:
    """The reads of one list and what they come to."""

    def __init__(
        self,
        viewer: Viewer,
        instrument: Instrument,
        bookings: Sequence[Reservation],
        since: datetime | None,
        places: int | None,
    ) -> None:
        self.viewer, self.instrument, self.since, self.bookings = viewer, instrument, since, bookings
        self.twins = twins_of(instrument)
        asked = [asked_of(each, window_of(each), instrument.pk) for each in bookings]
        known = read_contexts(viewer=viewer, wishes=asked)
        self.rules = dict(zip((each.pk for each in bookings), known, strict=True))
        self.left = remaining_time(
            self._spans(),
            own=instrument.pk,
            without=[each.pk for each in bookings],
            modes={context.own_mode for context in known},
        )
        if places is not None and (rest := self.left.get(instrument.pk)):
            rest.gaps = [each for each in rest.gaps if each.place <= places]
        self.windows = self._nearest()
        self.passing = self._passing()
        self.names = names_in(self.passing.values())
        needs = any(each.needs for each in (*known, *self.passing.values()))
        self.held = held_by([each.pk for each in bookings]) if needs else {}
        self.promised: list[tuple[tuple[int, int], TimeWindow]] = []

    def ways(self, reservations: Iterable[Reservation], is_closing: bool) -> list[WaysOut]:
        movable = {each.pk for each in self.bookings}
        return [
            self._way(each, is_closing) if each.pk in movable else _without_choice(each, is_closing)
            for each in reservations
        ]

    def _spans(self) -> list[tuple[int, TimeWindow]]:
        hull = TimeWindow(
            min(window_of(each).starts_at for each in self.bookings),
            max(window_of(each).ends_at for each in self.bookings),
        )
        spans = [(twin.pk, hull) for twin in self.twins]
        if self.since is not None:
            since = max(self.since, clock.now())
            spans.append((self.instrument.pk, TimeWindow(since, since + LOOK_AHEAD)))
        return spans

    def _nearest(self) -> dict[int, TimeWindow]:
        """The first window for each, one after the other: what one takes is gone for the next."""
        rest, found = self.left.get(self.instrument.pk), {}
        for each in self.bookings:
            if rest and self.since is not None and (window := self._first(rest, each, self.since)):
                rest.take(window, *self._wanted(each))
                found[each.pk] = window
        return found

    def _first(self, rest: Remaining, booking: Reservation, since: datetime) -> TimeWindow | None:
        context = self.rules[booking.pk]
        start = max(since, window_of(booking).starts_at, context.now)
        timed = timing(
            context.values, context.zone, now=context.now, since=start, minutes=window_of(booking).minutes
        )
        return None if timed.is_impossible else rest.first_window(timed, *self._wanted(booking))

    def _wanted(self, booking: Reservation) -> tuple[Tier, int, str]:
        """For whom, on how many places and in which way, where that decides what else it takes."""
        return Tier(booking.tier), booking.places, self.rules[booking.pk].own_mode

    def _passing(self) -> dict[tuple[int, int], Context]:
        """Which (booking, instrument) the rules let pass: its own in the nearest window, twins at the same time."""
        pairs = [
            (each, self.instrument.pk, self.windows[each.pk]) for each in self.bookings if each.pk in self.windows
        ]
        for each in self.bookings:
            pairs += [(each, twin.pk, window_of(each)) for twin in self.twins if self._is_free(twin.pk, each)]
        contexts = read_contexts(
            viewer=self.viewer, wishes=[asked_of(each, window, key) for each, key, window in pairs]
        )
        return {
            (each.pk, key): context
            for (each, key, _window), context in zip(pairs, contexts, strict=True)
            if not evaluate(returned(replace(context, taken=()), self.instrument, self.since))
        }

    def _is_free(self, instrument_id: int, booking: Reservation) -> bool:
        rest = self.left.get(instrument_id)
        return rest is not None and rest.has(window_of(booking), *self._wanted(booking))

    def _way(self, booking: Reservation, is_closing: bool) -> WaysOut:
        window = self.windows.get(booking.pk) if (booking.pk, self.instrument.pk) in self.passing else None
        twins = tuple(twin for twin in self.twins if (booking.pk, twin.pk) in self.passing)
        proposal = self._proposal(booking, window, twins, is_closing)
        actions = [Action.MOVE, Action.TWIN, Action.CANCEL, *([] if is_closing else [Action.KEEP])]
        held = self.held.get(booking.pk, NOTHING_HELD)
        instead = {
            key: stand_ins(context, held, self.names)
            for (booking_id, key), context in self.passing.items()
            if booking_id == booking.pk
        }
        return WaysOut(booking, window, twins, tuple(actions), proposal, held.operators, instead)

    def _proposal(
        self, booking: Reservation, window: TimeWindow | None, twins: Sequence[Instrument], is_closing: bool
    ) -> Step:
        """The nearest window; one that is far away only where no twin is free."""
        is_near = window is not None and window.starts_at - window_of(booking).starts_at <= NEAR
        for twin in () if is_near else twins:
            if self._is_free(twin.pk, booking) and (there := self._promised(booking, twin.pk)):
                self.left[twin.pk].take(window_of(booking), *self._wanted(booking))
                return Step(booking.pk, Action.TWIN, instrument_id=twin.pk, operator=self._chosen(booking, there))
        if window is not None and (there := self._promised(booking, self.instrument.pk)):
            return Step(booking.pk, Action.MOVE, window, operator=self._chosen(booking, there))
        return Step(booking.pk, Action.CANCEL if is_closing else Action.KEEP)

    def _promised(self, booking: Reservation, instrument_id: int) -> Context | None:
        """What it would take there behind those before it in the list; None: what it needs is promised to them."""
        context = self.passing[booking.pk, instrument_id]
        gone = {place for place, window in self.promised if window.overlaps(context.window)}
        needs = tuple(
            replace(need, is_free=need.is_free and (need.resource_id, need.place) not in gone)
            for need in context.needs
        )
        there = preferring(replace(context, needs=needs), self.held.get(booking.pk, NOTHING_HELD))
        if there.lacking_slots:
            return None
        self.passing[booking.pk, instrument_id] = there
        self.promised += [(claim, context.window) for claim in there.claims if claim[0] != context.resource_id]
        return there

    def _chosen(self, booking: Reservation, there: Context) -> OperatorChoice:
        """Whom to name in the step: nobody where its operator stays."""
        return choice_of(stand_ins(there, self.held.get(booking.pk, NOTHING_HELD), self.names))


def _is_movable(reservation: Reservation) -> bool:
    return reservation.kind in USES and reservation.status in (Status.REQUESTED, Status.CONFIRMED)


def _without_choice(reservation: Reservation, is_closing: bool) -> WaysOut:
    """Running ones stay or end; holds and other closures give way."""
    if reservation.status == Status.IN_USE:
        actions: tuple[Action, ...] = (Action.KEEP, Action.END)
    else:
        actions = (Action.CANCEL,) if is_closing else (Action.CANCEL, Action.KEEP)
    return WaysOut(reservation, None, (), actions, Step(reservation.pk, actions[0]))
