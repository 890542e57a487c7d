"""What was filled in for a booking, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from booking.intake.answers import Hazard, differing
from booking.intake.models import BookingForm
from booking.intake.questions import Question, QuestionKind
from booking.intake.selectors import questions_in
from booking.reservations.models import Reservation
from booking.reservations.selectors.history import Change
from core.languages import Text
from instruments.catalogue.models import AccessMode


class Answer(NamedTuple):
    """One question and its answer. address: where its file is."""

    label: Text
    value: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class FilledInWords:
    """What was filled in, and which questions must still be answered. hazards empty: nothing was declared."""

    mode: str
    answers: tuple[Answer, ...]
    people: Sequence[Mapping[str, str]]
    hazards: str
    unanswered: tuple[Text, ...]

    @property
    def has_some(self) -> bool:
        return bool(self.answers or self.people or self.hazards)


def in_words(reservation: Reservation, form: BookingForm | None, *, offers_choice: bool = False) -> FilledInWords:
    """form: of the booking. offers_choice: the instrument is used in several ways, so this one is worth saying."""
    questions = questions_in(form)
    answers = reservation.answers
    return FilledInWords(
        mode=str(AccessMode(reservation.access_mode).label) if offers_choice and reservation.access_mode else "",
        answers=tuple(_answer(reservation, each, answers[each.key]) for each in questions if each.key in answers),
        people=reservation.participants,
        hazards=hazards_in_words(reservation.sample_declaration),
        unanswered=tuple(
            each.label
            for each in questions
            if each.is_required(reservation.access_mode) and each.key not in answers
        ),
    )


def _answer(reservation: Reservation, question: Question, value: Any) -> Answer:
    address = reverse("booking-file", args=[reservation.pk, value["id"]]) if isinstance(value, dict) else ""
    return Answer(question.label, value_in_words(question, value), address)


def value_in_words(question: Question | None, value: Any) -> str:
    """A stored answer; nothing is a dash."""
    if value is None:
        return "–"
    if isinstance(value, dict):
        return str(value["name"])
    choice = question.choice(value) if question and question.kind == QuestionKind.CHOICE else None
    return choice.label.text if choice else str(value)


def hazards_in_words(declared: Mapping[str, Any] | None) -> str:
    """A sample declaration; empty: there is none."""
    if declared is None:
        return ""
    words = [str(Hazard(each).label) for each in declared["hazards"]]
    if declared["biosafety_level"]:
        words.append(f"BSL-{declared['biosafety_level']}")
    return _(", ").join(words) or _("no hazards")


def change_in_words(change: Change, questions: Sequence[Question]) -> list[str]:
    """What an edit changed of it, a line each."""
    old, new = change.old, change.new
    if change.field == "answers":
        known = {each.key: each for each in questions}
        return [_line(known.get(key), key, (old or {}).get(key), new.get(key)) for key in differing(old or {}, new)]
    names = {
        "participants": _("Participants"),
        "sample_declaration": _("Sample declaration"),
        "access_mode": _("Way of use"),
    }
    before, after = (_plain(change.field, value) for value in (old, new))
    return [_("%(what)s: %(old)s → %(new)s") % {"what": names[change.field], "old": before, "new": after}]


def _line(question: Question | None, key: str, old: Any, new: Any) -> str:
    what = question.label.text if question else key
    words = {"old": value_in_words(question, old), "new": value_in_words(question, new)}
    return _("%(what)s: %(old)s → %(new)s") % {"what": what, **words}


def _plain(field: str, value: Any) -> str:
    if field == "participants":
        return _(", ").join(each["name"] for each in value or ()) or "–"
    if field == "sample_declaration":
        return hazards_in_words(value) or "–"
    return str(AccessMode(value).label) if value else "–"
