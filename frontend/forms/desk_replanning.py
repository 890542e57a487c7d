"""What somebody chose for each booking that has to give way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.reservations.selectors.replanning import Action, Step
from core.windows import InvalidWindow, TimeWindow, at_wall_clock
from frontend.forms.wall_clock import is_in_calendar, wall_clock

UNDECIDED: Final = "later"
OTHER: Final = "other"
_PREFIX: Final = "way-"
_LONGEST_MINUTES: Final = 400 * 1440


@dataclass(frozen=True)
class SentPlan:
    """The choices as they were sent. steps: what they come to; problems: by reservation, in words.

    chosen, typed: the value and the other start of each, to be shown again.
    """

    steps: list[Step] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    chosen: dict[int, str] = field(default_factory=dict)
    typed: dict[int, str] = field(default_factory=dict)

    @property
    def is_sent(self) -> bool:
        return bool(self.chosen)


def sent_plan(data: QueryDict, zone: ZoneInfo) -> SentPlan:
    """Read way-<id>: move|start|end, twin|id, other with start-<id> and minutes-<id>, cancel, keep, end, later."""
    plan = SentPlan()
    for name, value in data.items():
        key = name.removeprefix(_PREFIX)
        if name == key or not key.isascii() or not key.isdigit() or len(key) > 18:
            continue
        reservation_id = int(key)
        plan.chosen[reservation_id] = str(value)
        plan.typed[reservation_id] = data.get(f"start-{key}", "")
        try:
            step = _step(reservation_id, str(value), data, zone)
        except (InvalidWindow, ValueError):
            plan.problems[reservation_id] = _("Give a date and a time, such as 2026-03-02 09:00.")
        else:
            if step is not None:
                plan.steps.append(step)
    return plan


def value_of(step: Step) -> str:
    """The value of the choice that means this step."""
    if step.action == Action.MOVE and step.window is not None:
        return f"move|{step.window.starts_at.isoformat()}|{step.window.ends_at.isoformat()}"
    return f"twin|{step.instrument_id}" if step.action == Action.TWIN else step.action.value


def _step(reservation_id: int, value: str, data: Mapping[str, str], zone: ZoneInfo) -> Step | None:
    """None: nothing decided. Raises: InvalidWindow, ValueError."""
    what, *given = value.split("|")
    if what == UNDECIDED:
        return None
    if what == OTHER:
        return Step(reservation_id, Action.MOVE, _typed(reservation_id, data, zone))
    if what == Action.TWIN:
        return Step(reservation_id, Action.TWIN, instrument_id=int(given[0]) if given else None)
    if what == Action.MOVE:
        start, end = (datetime.fromisoformat(each) for each in (*given, "", "")[:2])
        if not (is_in_calendar(start.date()) and is_in_calendar(end.date())):
            raise ValueError
        return Step(reservation_id, Action.MOVE, TimeWindow(start, end))
    return Step(reservation_id, Action(what))


def _typed(reservation_id: int, data: Mapping[str, str], zone: ZoneInfo) -> TimeWindow:
    wall = wall_clock(data.get(f"start-{reservation_id}", ""))
    minutes = int(data.get(f"minutes-{reservation_id}", "0"))
    if wall is None or not 0 < minutes <= _LONGEST_MINUTES:
        raise ValueError
    starts_at = at_wall_clock(wall.date(), wall.time(), zone)
    return TimeWindow(starts_at, starts_at + timedelta(minutes=minutes))


class ReasonForm(forms.Form):
    """Why bookings are moved or cancelled; the people concerned read it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("The people concerned read it."),
    )
