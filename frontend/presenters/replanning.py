"""Bookings that have to give way, as rows of choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from booking.reservations.models import Reservation
from booking.reservations.rules.registry import USES
from booking.reservations.selectors.displaced import Cause
from booking.reservations.selectors.operators import choice_of
from booking.reservations.selectors.replanning import Action, Step, WaysOut
from core.windows import TimeWindow
from frontend.forms.desk_replanning import OTHER, UNDECIDED, SentPlan, value_of
from instruments.catalogue.models import Instrument


@dataclass(frozen=True, slots=True)
class Twin:
    """Another instrument with the value that chooses it. operators: who would run it there instead."""

    instrument: Instrument
    value: str
    operators: str


@dataclass(frozen=True, slots=True)
class Row:
    """One booking: what it could become, what is chosen, and why that was refused.

    operators: who runs it; instead: who would in the window, if others. anybody: whoever is free then may.
    """

    reservation: Reservation
    cause: str
    window: TimeWindow | None
    window_value: str
    twins: tuple[Twin, ...]
    actions: frozenset[str]
    chosen: str
    typed: str
    minutes: int
    problem: str
    may_wait: bool
    operators: str = ""
    instead: str = ""
    anybody: bool = False

    @property
    def is_booking(self) -> bool:
        return self.reservation.kind in USES


def rows_of(
    ways: Sequence[tuple[Cause | None, WaysOut]],
    sent: SentPlan,
    refused: Sequence[Mapping[str, Any]] = (),
    *,
    may_wait: bool = False,
) -> list[Row]:
    """The rows in their order; what was sent stays chosen where it can still be chosen.

    refused: of PlanRefused. may_wait: a booking may be left for later.
    """
    said = {each["reservation"]: _words(each) for each in refused}
    return [_row(cause, way, sent, {**said, **sent.problems}, may_wait=may_wait) for cause, way in ways]


def _row(cause: Cause | None, way: WaysOut, sent: SentPlan, problems: Mapping[int, str], *, may_wait: bool) -> Row:
    key = way.reservation.pk
    proposed = value_of(way.proposal)
    twins = tuple(_twin(way, twin) for twin in way.twins)
    here = way.reservation.instrument_id
    window_value = value_of(_said(way, Step(key, Action.MOVE, way.window), here)) if way.window else ""
    offered = {window_value, *(twin.value for twin in twins), *way.actions, OTHER, UNDECIDED}
    before = sent.chosen.get(key, "")
    return Row(
        reservation=way.reservation,
        cause=cause.value if cause else "",
        window=way.window,
        window_value=window_value,
        twins=twins,
        actions=frozenset(action.value for action in way.actions),
        chosen=before if before in offered else proposed,
        typed=sent.typed.get(key, ""),
        minutes=TimeWindow.of(way.reservation.during).minutes,
        problem=problems.get(key, ""),
        may_wait=may_wait,
        operators=", ".join(way.operators.values()),
        instead=_names(way, here),
        anybody=key in sent.anybody,
    )


def _twin(way: WaysOut, twin: Instrument) -> Twin:
    step = Step(way.reservation.pk, Action.TWIN, instrument_id=twin.pk)
    return Twin(twin, value_of(_said(way, step, twin.pk)), _names(way, twin.pk))


def _said(way: WaysOut, step: Step, instrument_id: int) -> Step:
    """With whoever would run it there named, as the row says."""
    return replace(step, operator=choice_of(way.stand_ins.get(instrument_id, {})))


def _names(way: WaysOut, instrument_id: int) -> str:
    return ", ".join(way.stand_ins.get(instrument_id, {}).values())


def _words(refused: Mapping[str, Any]) -> str:
    """Every rule that is broken, else what the error says."""
    return " ".join(broken.message for broken in refused["violations"]) or str(refused["detail"])
