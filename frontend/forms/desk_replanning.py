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

from booking.reservations.selectors.operators import ANYBODY, OperatorChoice
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

    chosen, typed: the value and the other start of each, to be shown again; anybody: those that whoever is free may
    run at the other start.
    """

    steps: list[Step] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    chosen: dict[int, str] = field(default_factory=dict)
    typed: dict[int, str] = field(default_factory=dict)
    anybody: set[int] = field(default_factory=set)

    @property
    def is_sent(self) -> bool:
        return bool(self.chosen)


def sent_plan(data: QueryDict, zone: ZoneInfo) -> SentPlan:
    """Read way-<id>: move|start|end, twin|id, other with start-<id> and minutes-<id>, cancel, keep, end, later.

    Behind a move or a twin who shall run it there, if somebody else: |id or |any; with other anybody-<id>.
    """
    plan = SentPlan()
    for name, value in data.items():
        key = name.removeprefix(_PREFIX)
        if name == key or not key.isascii() or not key.isdigit() or len(key) > 18:
            continue
        reservation_id = int(key)
        plan.chosen[reservation_id] = str(value)
        plan.typed[reservation_id] = data.get(f"start-{key}", "")
        if f"anybody-{key}" in data:
            plan.anybody.add(reservation_id)
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
    by = f"|{step.operator}" if step.operator else ""
    if step.action == Action.MOVE and step.window is not None:
        return f"move|{step.window.starts_at.isoformat()}|{step.window.ends_at.isoformat()}{by}"
    return f"twin|{step.instrument_id}{by}" if step.action == Action.TWIN else step.action.value


def _step(reservation_id: int, value: str, data: Mapping[str, str], zone: ZoneInfo) -> Step | None:
    """None: nothing decided. Raises: InvalidWindow, ValueError."""
    what, *given = value.split("|")
    if what == UNDECIDED:
        return None
    if what == OTHER:
        anybody: OperatorChoice = ANYBODY if f"anybody-{reservation_id}" in data else None
        return Step(reservation_id, Action.MOVE, _typed(reservation_id, data, zone), operator=anybody)
    if what == Action.TWIN:
        return Step(
            reservation_id,
            Action.TWIN,
            instrument_id=_number(given[0]) if given else None,
            operator=_operator(given[1:]),
        )
    if what == Action.MOVE:
        start, end = (datetime.fromisoformat(each) for each in (*given, "", "")[:2])
        if not (is_in_calendar(start.date()) and is_in_calendar(end.date())):
            raise ValueError
        return Step(reservation_id, Action.MOVE, TimeWindow(start, end), operator=_operator(given[2:]))
    return Step(reservation_id, Action(what))


def _operator(given: list[str]) -> OperatorChoice:
    """Raises: ValueError."""
    if not given or given[0] == ANYBODY:
        return ANYBODY if given else None
    return _number(given[0])


def _number(text: str) -> int:
    """A key. Raises: ValueError."""
    number = int(text)
    if not 0 < number < 2**63:
        raise ValueError
    return number


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
