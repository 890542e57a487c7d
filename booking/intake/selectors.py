"""Forms and uploads as they are read."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from accounts.viewers import Viewer
from booking.intake.models import AnswerFile, BookingForm
from booking.intake.questions import Question, questions_of
from core.errors import NotFound


def form_in_force(instrument_id: int) -> BookingForm | None:
    """What an instrument asks now; None: nothing, ever. One query."""
    return BookingForm.objects.filter(instrument_id=instrument_id, replaced_at=None).first()


def form_version(instrument_id: int, version: int) -> BookingForm:
    """One version of an instrument's form. Raises: NotFound."""
    found = BookingForm.objects.filter(instrument_id=instrument_id, version=min(version, 2**31 - 1)).first()
    if found is None:
        raise NotFound
    return found


def questions_in(form: BookingForm | None) -> tuple[Question, ...]:
    """The questions of a form; none, no questions."""
    return questions_of(form.questions) if form else ()


def usable_uploads(viewer: Viewer, instrument_id: int, ids: Collection[int]) -> "QuerySet[AnswerFile]":
    """Of these uploads those that this person made for this instrument."""
    return AnswerFile.objects.filter(pk__in=ids, instrument_id=instrument_id, uploaded_by_id=viewer.person_id)


def usable_files(viewer: Viewer, instrument_id: int, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """The same as answers are stored, by id. No query where none is named."""
    found = usable_uploads(viewer, instrument_id, ids) if ids else ()
    return {each.pk: file_document(each) for each in found}


def file_document(file: AnswerFile) -> dict[str, Any]:
    """An upload as an answer: {id, name, size}."""
    return {"id": file.pk, "name": file.name, "size": file.size_bytes}
