"""What somebody fills in for a booking, and whether it fits the form. Pure."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.intake.errors import AnswersInvalid
from booking.intake.questions import LARGEST_NUMBER, Question, QuestionKind
from core.schemas import is_storable

LONGEST_TEXT: Final = 2000
MOST_PARTICIPANTS: Final = 20

Document = dict[str, Any]


class Hazard(TextChoices):
    """What a sample may do to people or the instrument."""

    EXPLOSIVE = "explosive", gettext_lazy("Explosive")
    FLAMMABLE = "flammable", gettext_lazy("Flammable")
    OXIDISING = "oxidising", gettext_lazy("Oxidising")
    PRESSURISED = "pressurised", gettext_lazy("Gas under pressure")
    CORROSIVE = "corrosive", gettext_lazy("Corrosive")
    TOXIC = "toxic", gettext_lazy("Toxic")
    HARMFUL = "harmful", gettext_lazy("Harmful or irritant")
    RADIOACTIVE = "radioactive", gettext_lazy("Radioactive")
    BIOLOGICAL = "biological", gettext_lazy("Biological")
    MAGNETIC = "magnetic", gettext_lazy("Magnetic")
    OTHER = "other", gettext_lazy("Other; see the note")


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who comes along."""

    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class SampleDeclaration:
    """What is declared about the samples. hazards empty: none. biosafety_level: 1 to 4, of biological samples."""

    hazards: tuple[str, ...] = ()
    biosafety_level: int | None = None

    @property
    def document(self) -> Document:
        """As it is stored: hazards once each, in the order of Hazard."""
        known = [each.value for each in Hazard if each.value in self.hazards]
        return {"hazards": known, "biosafety_level": self.biosafety_level}


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody filled in. access_mode empty: the first that is offered. sample None: nothing declared.

    answers: by question; None and empty are no answer; a file by the id of its upload.
    """

    access_mode: str = ""
    answers: Mapping[str, Any] | None = None
    participants: Sequence[Participant] = ()
    sample: SampleDeclaration | None = None

    @property
    def people(self) -> list[Document]:
        """Who comes along, as it is stored."""
        return [{"name": each.name, "email": each.email} for each in self.participants]


def unanswered(questions: Sequence[Question], mode: str, answers: Mapping[str, Any]) -> list[str]:
    """Keys of the questions that must be answered in a mode and are not."""
    return [each.key for each in questions if each.is_required(mode) and answers.get(each.key) in (None, "")]


def files_in(questions: Sequence[Question], given: Mapping[str, Any]) -> list[int]:
    """Ids of the uploads that answers name, each once, in order; what is no id is left to `checked_answers`."""
    named: Iterator[Any] = (given.get(each.key) for each in questions if each.kind == QuestionKind.FILE)
    return sorted({value for value in named if _is_id(value)})


def checked_answers(
    questions: Sequence[Question],
    mode: str,
    given: Mapping[str, Any],
    *,
    files: Mapping[int, Document],
    kept: Mapping[str, Any] | None = None,
) -> Document:
    """The answers as they are stored, by the form's order.

    files: {id, name, size} by id of the uploads that this person may use. kept: stored answers that stay where
    nothing new is given; those to questions that this mode does not ask are dropped.
    Raises: AnswersInvalid, with every error.
    """
    known = {each.key: each for each in questions}
    errors = [
        _error(None, key, "unknown", _("The form has no such question.")) for key in given if key not in known
    ]
    answers: Document = {}
    for question in questions:
        if question.key in given:
            value, error = _read(question, mode, given[question.key], files)
        else:
            value, error = (kept or {}).get(question.key) if question.is_asked(mode) else None, None
        if error is None and value is None and question.is_required(mode):
            error = ("missing", _("Answer this question."))
        if error is not None:
            errors.append(_error(question, question.key, *error))
        elif value is not None:
            answers[question.key] = value
    if errors:
        raise AnswersInvalid(errors)
    return answers


def _error(question: Question | None, key: str, code: str, message: str) -> Document:
    return {"question": key, "label": question.label.text if question else "", "code": code, "message": message}


_Read = tuple[Any, tuple[str, str] | None]


def _read(question: Question, mode: str, value: Any, files: Mapping[int, Document]) -> _Read:
    """What is stored for a value, or what is wrong with it as (code, message). Nothing is None."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        return None, None
    if not question.is_asked(mode):
        return None, ("not_asked", _("This is not asked for the chosen way of use."))
    if question.kind == QuestionKind.FILE:
        return _file(value, files)
    return {"text": _text, "number": _number, "choice": _choice}[question.kind](question, value)


def _text(question: Question, value: Any) -> _Read:
    if not isinstance(value, str):
        return None, ("wrong_type", _("Give a text."))
    if not is_storable(value):
        return None, ("wrong_type", _("Text must not contain NUL or broken characters."))
    if len(value) > LONGEST_TEXT:
        return None, ("too_long", _("Too long: %(max_length)s at most.") % {"max_length": LONGEST_TEXT})
    return value, None


def _number(question: Question, value: Any) -> _Read:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) <= LARGEST_NUMBER or not math.isfinite(value):
        return None, ("wrong_type", question.limits or _("Give a number."))
    if question.minimum is not None and value < question.minimum:
        return None, ("too_small", question.limits)
    if question.maximum is not None and value > question.maximum:
        return None, ("too_large", question.limits)
    return value, None


def _choice(question: Question, value: Any) -> _Read:
    if not isinstance(value, str) or question.choice(value) is None:
        known = ", ".join(each.value for each in question.choices)
        return None, ("not_a_choice", _("Give one of these: %(expected)s.") % {"expected": known})
    return value, None


def _file(value: Any, files: Mapping[int, Document]) -> _Read:
    if not _is_id(value):
        return None, ("wrong_type", _("Give the id of a file that you uploaded."))
    if value not in files:
        return None, ("unknown_file", _("There is no such file of yours for this instrument; upload it again."))
    return files[value], None


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def answered_files(answers: Mapping[str, Any]) -> Iterator[Document]:
    """The files among stored answers."""
    return (value for value in answers.values() if isinstance(value, dict))


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> Collection[str]:
    """Keys whose answers differ."""
    return [key for key in {**old, **new} if old.get(key) != new.get(key)]
