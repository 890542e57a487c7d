"""What somebody filled in, as the columns of a booking."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from accounts.viewers import Viewer
from booking.intake.answers import Filled, Participant, SampleDeclaration, checked_answers, files_in
from booking.intake.commands.use_files import use_files
from booking.intake.questions import Question, mode_of, questions_of
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import Context
from booking.reservations.selectors.contexts import way_of_use
from booking.reservations.selectors.filled import form_of

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FilledChange:
    """What to change of it; None leaves as it is. answers: only those named; None as an answer takes it back."""

    access_mode: str | None = None
    answers: Mapping[str, Any] | None = None
    participants: Sequence[Participant] | None = None
    sample: SampleDeclaration | None = None


def filled_columns(viewer: Viewer, context: Context, filled: Filled | None) -> Columns:
    """The columns of intake.FilledIn for a new booking, judged by the form that the context read.

    filled None: it is filled in later, as after an offer of the waiting list. No statement unless files are named.
    Raises: AnswersInvalid, AccessModeNotOffered.
    """
    wanted = filled or Filled()
    mode = mode_of(context.access_modes, context.mode)
    questions = questions_of(context.form["questions"]) if context.form else ()
    return {
        "access_mode": mode,
        "form_id": context.form["id"] if context.form and questions else None,
        "answers": _answered(viewer, context.instrument_id, questions, mode, wanted.answers or {})
        if filled
        else {},
        "participants": wanted.people,
        "sample_declaration": wanted.sample.document if wanted.sample else None,
    }


def used_otherwise(reservation: Reservation, change: FilledChange | None) -> Reservation:
    """A copy in the access mode that the change names."""
    changed = copy(reservation)
    changed.access_mode = (change and change.access_mode) or reservation.access_mode
    return changed


def changed_columns(viewer: Viewer, current: Reservation, change: FilledChange) -> Columns:
    """The columns that a change comes to; the booking keeps the form it answered, or takes the one in force.

    current: with its instrument. Raises: AnswersInvalid, AccessModeNotOffered.
    """
    columns: Columns = {}
    if change.participants is not None:
        columns["participants"] = Filled(participants=change.participants).people
    if change.sample is not None:
        columns["sample_declaration"] = change.sample.document
    if change.answers is not None or change.access_mode is not None:
        columns |= _changed_answers(viewer, current, change)
    return columns


def _changed_answers(viewer: Viewer, current: Reservation, change: FilledChange) -> Columns:
    form = form_of(current)
    questions = questions_of(form.questions) if form else ()
    mode = own = way_of_use(current.instrument.access_modes, current.access_mode, current.kind)
    if change.access_mode not in (None, own):  # what is no longer offered may stay
        mode = mode_of(current.instrument.access_modes, change.access_mode)
    given = change.answers or {}
    answers = _answered(viewer, current.instrument_id, questions, mode, given, current.answers)
    return {"access_mode": mode, "form_id": form.pk if form and questions else None, "answers": answers}


def _answered(
    viewer: Viewer,
    instrument_id: int,
    questions: Sequence[Question],
    mode: str,
    given: Mapping[str, Any],
    kept: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    files = use_files(viewer=viewer, instrument_id=instrument_id, ids=files_in(questions, given))
    return checked_answers(questions, mode, given, files=files, kept=kept)
