"""Change what an instrument asks whoever books it."""

from collections.abc import Sequence

from accounts.viewers import Viewer
from booking.intake.models import BookingForm
from booking.intake.questions import Question, checked
from core import clock
from core.errors import Stale
from core.locks import retried_when_busy
from instruments.catalogue.models import Instrument


@retried_when_busy
def set_booking_form(
    *, viewer: Viewer, instrument: Instrument, questions: Sequence[Question], expected_version: int | None = None
) -> BookingForm:
    """Make the next version of an instrument's form; bookings that exist keep the version they answered.

    The caller fetched the instrument through access_instrument(…, "manage"). No questions: nothing is asked.
    The same questions again make no version. expected_version: the one that was read; 0: there was none.
    Raises: FormInvalid, Stale, CalendarBusy.
    """
    documents = [question.document for question in checked(questions)]
    Instrument.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=instrument.pk)
    newest = BookingForm.objects.filter(instrument_id=instrument.pk).order_by("-version").first()
    version = newest.version if newest else 0
    if expected_version is not None and expected_version != version:
        raise Stale(version=version)
    now = clock.now()
    if newest and questions_equal(newest, documents):
        return newest
    BookingForm.objects.filter(instrument_id=instrument.pk, replaced_at=None).update(replaced_at=now)
    return BookingForm.objects.create(
        instrument=instrument, version=version + 1, questions=documents, made_by_id=viewer.user_id, made_at=now
    )


def questions_equal(form: BookingForm, documents: Sequence[object]) -> bool:
    """Whether a form asks just this; JSON knows lists only."""
    return bool(form.questions == _plain(documents))


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return {name: _plain(each) for name, each in value.items()} if isinstance(value, dict) else value
