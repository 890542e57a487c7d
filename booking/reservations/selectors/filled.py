"""What was filled in for a booking, and who may read it."""

from accounts.viewers import Viewer
from booking.intake.answers import Filled, answered_files, checked_answers, files_in, unanswered
from booking.intake.models import AnswerFile, BookingForm
from booking.intake.questions import mode_of, questions_of
from booking.intake.selectors import form_in_force, usable_files
from booking.reservations.models import Reservation
from booking.reservations.rules.registry import Context
from booking.reservations.selectors.access import reservations_visible_to
from core.errors import NotFound


def may_read_filled(viewer: Viewer, reservation: Reservation) -> bool:
    """Whoever it is for, who booked it, their firm, and the institution's staff; reviewers see only that it is."""
    own = viewer.user_id is not None and viewer.user_id in (reservation.user_id, reservation.booked_by_id)
    for_firm = reservation.account_id is not None and reservation.account_id in viewer.enterprise_ids
    return own or for_firm or viewer.staffs(reservation.instrument.institution_id)


def form_of(reservation: Reservation) -> BookingForm | None:
    """The form that a booking answers, or should: its own version, else the one in force. At most one query."""
    return reservation.form if reservation.form_id else form_in_force(reservation.instrument_id)


def access_file(viewer: Viewer, reservation_id: int, file_id: int) -> AnswerFile:
    """A file that a booking names now. Raises: NotSignedIn; NotFound also for who may not read it."""
    reservation = reservations_visible_to(viewer).filter(pk=reservation_id).first()
    if reservation is None or not may_read_filled(viewer, reservation):
        raise NotFound
    named = {file["id"] for file in answered_files(reservation.answers)}
    found = AnswerFile.objects.filter(pk=file_id).first() if file_id in named else None
    if found is None:
        raise NotFound
    return found


def unanswered_by(viewer: Viewer, context: Context, filled: Filled) -> list[str]:
    """Questions that still have to be answered where no answers are given yet; given ones are judged.

    Raises: AnswersInvalid, AccessModeNotOffered.
    """
    mode = mode_of(context.access_modes, filled.access_mode)
    questions = questions_of(context.form["questions"]) if context.form else ()
    if filled.answers is None:
        return unanswered(questions, mode, {})
    files = usable_files(viewer, context.instrument_id, files_in(questions, filled.answers))
    checked_answers(questions, mode, filled.answers, files=files)
    return []
