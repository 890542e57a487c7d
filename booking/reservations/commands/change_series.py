"""Change one, the following or all bookings of a series: time of day, length, purpose, operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.calendars import functions
from booking.calendars.patterns import wall_clock_window
from booking.reservations.commands.cancel_series import fees_of
from booking.reservations.commands.change_operator import run_otherwise
from booking.reservations.commands.occurrences import SeriesScope, keep_nothing, locked_occurrences
from booking.reservations.commands.reschedule_reservation import reschedule_behind_locks
from booking.reservations.commands.several import Refused, refusal_of, tried
from booking.reservations.errors import CostChanged
from booking.reservations.models import Reservation, ReservationSeries
from booking.reservations.selectors.operators import NOTHING_HELD, Held, OperatorChoice, held_by
from booking.reservations.selectors.series import Series, occurrence_of, series_of
from core.errors import Invalid
from core.history import acting, noted
from core.locks import retried_when_busy
from core.windows import TimeWindow
from core.windows import zone as zone_of


class NothingToChange(Invalid):
    """Neither a time nor a text nor an operator is given."""

    code = "nothing_to_change"
    title = _("Say what to change.")


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of each booking; None: as it is. start: on its day's wall clock; minutes: its length there.

    operator: who shall run each of them, moved or not.
    """

    start: time | None = None
    minutes: int | None = None
    purpose: str | None = None
    operator: OperatorChoice = None

    @property
    def moves(self) -> bool:
        return self.start is not None or self.minutes is not None

    @property
    def command(self) -> str:
        """What it comes to for most of them, of states.TRANSITIONS."""
        if self.moves:
            return "reschedule"
        return "edit" if self.operator is None else "change_operator"

    def window_of(self, current: Reservation) -> TimeWindow:
        """Where it goes: on the local day it lies on now."""
        zone = zone_of(current.instrument.institution.zone)
        before = TimeWindow.of(current.during)
        start, end = (at.astimezone(zone).replace(tzinfo=None) for at in (before.starts_at, before.ends_at))
        length = max(end - start, timedelta(0)) if self.minutes is None else timedelta(minutes=self.minutes)
        return wall_clock_window(start.date(), self.start or start.time(), length or before.duration, zone)


@retried_when_busy
def change_series(
    *,
    viewer: Viewer,
    series: ReservationSeries,
    scope: SeriesScope,
    change: Change,
    occurrence_id: int | None = None,
    expected_version: int | None = None,
    most_fen: int | None = None,
    dry_run: bool = False,
) -> Series:
    """Change these bookings in place, all or none; what has begun or is over stays. Returns those that are meant.

    The caller fetched the series through access_series(…, "change"). All rules are checked on each new window; the
    bookings that move do not stand in each other's way. Of those whose time stays only the operator is judged.
    most_fen: what the caller has agreed to pay for what is given back late; None: whatever it costs. dry_run: judge
    and price the same way, keep nothing.
    Raises: NothingToChange, RuleViolations or SlotTaken (extra: refused; not in a dry run), CostChanged,
    SeriesOver, ReservationEnded, ReservationRunning, OccurrenceMissing, NotFound, Forbidden, Stale, CalendarBusy.
    Emits: ReservationRescheduled for each that moved, CalendarChanged for these and those run by somebody else.
    """
    if change == Change():
        raise NothingToChange
    command = change.command
    with acting(actor_id=viewer.user_id, command=command):
        meant = locked_occurrences(viewer, series, scope, occurrence_id, command, expected_version, dry_run=dry_run)
        before, versions = [fees_of([each]) for each in meant], [each.version for each in meant]
        held = held_by([each.pk for each in meant])
        refused = _changed(viewer, meant, change, held, told=not dry_run)
        if refused and not dry_run:
            raise refusal_of([refused[item] for item in sorted(refused)])
        if most_fen is not None and (fee_fen := fees_of(meant) - sum(before)) > most_fen:
            raise CostChanged(fee_fen=fee_fen)
        run_by = _run_by_others(held)
        if dry_run:
            keep_nothing(meant, versions)
    found = series_of(series, meant)
    told = [
        occurrence_of(each, refused[item].violations if item in refused else (), run_by.get(each.pk, ()))
        for item, each in enumerate(meant)
    ]
    owed_fen = sum(fen for item, fen in enumerate(before) if item not in refused)
    return Series(found.instrument, found.repeat, series, tuple(told), owed_fen)


def _changed(
    viewer: Viewer, meant: list[Reservation], change: Change, held: Mapping[int, Held], *, told: bool
) -> dict[int, Refused]:
    """All that move let go first, so that none is in another's way; then those that stay are run by others."""
    for current in meant:
        current.purpose = current.purpose if change.purpose is None else change.purpose
    windows = {item: change.window_of(each) for item, each in enumerate(meant)} if change.moves else {}
    moving = {item: to for item, to in windows.items() if to != TimeWindow.of(meant[item].during)}
    for item in moving:
        functions.release_claims(meant[item].pk)
    staying = {item: current for item, current in enumerate(meant) if item not in moving}
    refused = _stayed(viewer, staying, change, held, told=told)
    with acting(actor_id=viewer.user_id, command=change.command):
        return refused | _moved(viewer, meant, moving, change.operator, held, told=told)


def _stayed(
    viewer: Viewer, staying: Mapping[int, Reservation], change: Change, held: Mapping[int, Held], *, told: bool
) -> dict[int, Refused]:
    """Let those be run by whom the change names; each is one version on where anything of it changes."""
    found: dict[int, Refused] = {}
    for item, current in staying.items():
        swap = partial(_run_by, viewer, current, change, held.get(current.pk, NOTHING_HELD), told=told)
        if broken := tried(item, current.instrument, TimeWindow.of(current.during), swap):
            found[item] = broken
    return found


def _run_by(viewer: Viewer, current: Reservation, change: Change, held: Held, *, told: bool) -> None:
    names = None
    if change.operator is not None:
        names = run_otherwise(viewer, current, change.operator, held=held, with_alternatives=False, told=told)
    if names is not None or change.purpose is not None:
        command = "edit" if names is None else "change_operator"
        with acting(actor_id=viewer.user_id, command=command), noted(run_by=names):
            current.version += 1
            current.save(update_fields=["purpose", "version"])


def _moved(
    viewer: Viewer,
    meant: list[Reservation],
    moving: Mapping[int, TimeWindow],
    operator: OperatorChoice,
    held: Mapping[int, Held],
    *,
    told: bool,
) -> dict[int, Refused]:
    """Take each anew, beginning at the side to which they move: none is in another's way."""
    later = sum((_shift(meant[item], to) for item, to in moving.items()), timedelta(0)) > timedelta(0)
    found: dict[int, Refused] = {}
    for item in sorted(moving, reverse=later):
        move = partial(
            reschedule_behind_locks,
            viewer,
            meant[item],
            moving[item],
            {},
            with_alternatives=False,
            told=told,
            also=("purpose",),
            operator=operator,
            held=held.get(meant[item].pk, NOTHING_HELD),
        )
        if broken := tried(item, meant[item].instrument, moving[item], move):
            found[item] = broken
    return found


def _run_by_others(before: Mapping[int, Held]) -> dict[int, tuple[str, ...]]:
    """Who runs each now, where somebody else or nobody did before. One query."""
    return {
        key: tuple(held.operators.values())
        for key, held in held_by(before).items()
        if held.operators.keys() != before[key].operators.keys()
    }


def _shift(current: Reservation, to: TimeWindow) -> timedelta:
    start: datetime = current.during.lower
    return to.starts_at - start
