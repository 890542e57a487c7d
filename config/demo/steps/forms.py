"""Booking forms of a few instruments, and what some coming bookings answered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from accounts.models import Institution
from booking.intake.models import BookingForm
from booking.intake.questions import Choice, Question, QuestionKind, checked, modes_of
from booking.reservations.models import Reservation, Status
from config.demo.scale import Plan
from config.demo.steps.calendars import Calendared
from instruments.catalogue.models import AccessMode, Instrument, InstrumentStatus

_WITH_FORM: Final = 4
_ANSWERED: Final = 40
_SENT: Final = AccessMode.SAMPLE_SUBMISSION.value

_MATERIAL: Final = Question(
    "material",
    QuestionKind.TEXT,
    "样品材料",
    "Material of the samples",
    "例如：氧化铝陶瓷",
    "For example alumina ceramic",
)
_NUMBER: Final = Question("samples", QuestionKind.NUMBER, "样品数量", "Number of samples", minimum=1)
_SHAPE: Final = Question(
    "shape",
    QuestionKind.CHOICE,
    "样品形态",
    "Form of the samples",
    choices=(
        Choice("powder", "粉末", "Powder"),
        Choice("bulk", "块体", "Bulk"),
        Choice("film", "薄膜", "Film"),
        Choice("liquid", "液体", "Liquid"),
    ),
)
_DRAWING: Final = Question(
    "drawing",
    QuestionKind.FILE,
    "图纸或测试要求",
    "Drawing or test specification",
    "PDF 或图片",
    "A PDF or a picture",
)
_FORMS: Final = ((_MATERIAL, _NUMBER, _SHAPE), (_MATERIAL, _SHAPE, _NUMBER, _DRAWING), (_MATERIAL, _DRAWING))
_ANSWERS: Final = (
    {"material": "Al2O3", "samples": 4, "shape": "powder"},
    {"material": "涤棉混纺织物", "samples": 6, "shape": "bulk"},
    {"material": "304 不锈钢", "samples": 2, "shape": "bulk"},
    {"material": "PET", "samples": 3, "shape": "film"},
)


def make_forms(plan: Plan, institutions: Sequence[Institution], calendared: Sequence[Calendared]) -> None:
    """Forms for the first instruments of the institution that is shown; bookings to come have answers."""
    own = [each.listed.instrument for each in calendared if each.listed.instrument.institution == institutions[0]]
    published = [instrument for instrument in own if instrument.status == InstrumentStatus.PUBLISHED]
    for n, instrument in enumerate(published[:_WITH_FORM]):
        questions = [_required(each, instrument) for each in _FORMS[n % len(_FORMS)]]
        asked = [each.document for each in checked(questions)]
        form = BookingForm.objects.create(instrument=instrument, version=1, questions=asked)
        _answer(plan, instrument, form)


def _required(question: Question, instrument: Instrument) -> Question:
    """Who sends samples must say what they are; who books without saying how is not kept from it."""
    first, *others = modes_of(instrument.access_modes)
    required = (_SENT,) if _SENT in others and first != _SENT and question.kind == QuestionKind.TEXT else ()
    return replace(question, required_for=required)


def _answer(plan: Plan, instrument: Instrument, form: BookingForm) -> None:
    coming = Reservation.objects.filter(
        instrument=instrument, kind="use", status=Status.CONFIRMED, during__startswith__gte=plan.now
    )
    rows = list(coming.order_by("pk")[:_ANSWERED])
    keys = {each["key"] for each in form.questions}
    for n, row in enumerate(rows):
        row.form, row.access_mode = form, modes_of(instrument.access_modes)[0]
        row.answers = {key: value for key, value in _ANSWERS[n % len(_ANSWERS)].items() if key in keys}
    Reservation.objects.bulk_update(rows, ["form", "access_mode", "answers"])
