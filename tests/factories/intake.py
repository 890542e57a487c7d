"""Booking forms, answers and uploads for tests."""

from typing import Any

from accounts.viewers import Viewer
from booking.intake.commands.keep_file import keep_file
from booking.intake.commands.set_booking_form import set_booking_form
from booking.intake.models import AnswerFile, BookingForm
from booking.intake.questions import Choice, Question
from instruments.catalogue.models import AccessMode, Instrument
from tests.factories.accounts import manager_of

SELF = AccessMode.SELF_OPERATED.value
SUBMITTED = AccessMode.SAMPLE_SUBMISSION.value
PDF = b"%PDF-1.7\nnothing"


def question(key: str = "material", kind: str = "text", **more: Any) -> Question:
    """A question with labels in both languages; a choice is one of powder and film."""
    if kind == "choice":
        more.setdefault("choices", (Choice("powder", "粉末", "Powder"), Choice("film", "薄膜", "Film")))
    labels = {"label_zh": f"问题 {key}", "label_en": f"Question {key}"}
    return Question(key, kind, **(labels | more))


def ask(instrument: Instrument, *questions: Question) -> BookingForm:
    """The instrument asks this from now on."""
    manager = manager_of(instrument.institution)
    return set_booking_form(viewer=manager, instrument=instrument, questions=questions)


def uploaded(viewer: Viewer, instrument: Instrument, name: str = "图谱.pdf", content: bytes = PDF) -> AnswerFile:
    """A file that waits for a booking."""
    return keep_file(viewer=viewer, instrument=instrument, name=name, content=content)
