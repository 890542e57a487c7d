"""Questions of a booking form: what they say, in which access modes they are asked and required. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from booking.intake.errors import AccessModeNotOffered, FormInvalid
from core.languages import Text, chosen
from instruments.catalogue.models import AccessMode

MOST_QUESTIONS: Final = 30
MOST_CHOICES: Final = 50
LARGEST_NUMBER: Final = 1e15
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class QuestionKind(TextChoices):
    TEXT = "text", gettext_lazy("Text")
    NUMBER = "number", pgettext_lazy("kind of answer", "Number")
    CHOICE = "choice", gettext_lazy("Choice")
    FILE = "file", gettext_lazy("File")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose. value: what is stored."""

    value: str
    label_zh: str = ""
    label_en: str = ""

    @property
    def label(self) -> Text:
        return chosen(self.label_zh, self.label_en)


@dataclass(frozen=True, slots=True)
class Question:
    """One question. asked_for: access modes in which it is asked, none: in all; required_for: where it must be.

    minimum, maximum: of a number; None: as it may be.
    """

    key: str
    kind: str
    label_zh: str = ""
    label_en: str = ""
    help_zh: str = ""
    help_en: str = ""
    choices: tuple[Choice, ...] = ()
    asked_for: tuple[str, ...] = ()
    required_for: tuple[str, ...] = ()
    minimum: int | float | None = None
    maximum: int | float | None = None

    @property
    def label(self) -> Text:
        return chosen(self.label_zh, self.label_en)

    @property
    def help(self) -> Text:
        return chosen(self.help_zh, self.help_en)

    def is_asked(self, mode: str) -> bool:
        return not self.asked_for or mode in self.asked_for

    def is_required(self, mode: str) -> bool:
        return self.is_asked(mode) and mode in self.required_for

    @property
    def limits(self) -> str:
        """What a number must be, as a sentence; empty where any will do."""
        least, most = (None if each is None else written(each) for each in (self.minimum, self.maximum))
        if least is not None and most is not None:
            return _("Give a number from %(least)s to %(most)s.") % {"least": least, "most": most}
        if least is not None:
            return _("Give a number of %(least)s or more.") % {"least": least}
        return "" if most is None else _("Give a number of %(most)s or less.") % {"most": most}

    def choice(self, value: str) -> Choice | None:
        """The choice with this value."""
        return next((each for each in self.choices if each.value == value), None)

    @property
    def document(self) -> dict[str, Any]:
        """As it is stored, JSON-ready."""
        return asdict(self)


def written(number: float) -> str:
    """A number as people write it: 5 and 0.1, not 5.0 and 1e-01."""
    whole = int(number)
    return str(whole) if whole == number else f"{number:.15f}".rstrip("0") if abs(number) < 1 else repr(number)


def questions_of(documents: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Stored questions, in their order."""
    return tuple(_question(each) for each in documents)


def _question(document: Mapping[str, Any]) -> Question:
    lists = {name: tuple(document[name]) for name in ("asked_for", "required_for")}
    choices = tuple(Choice(**each) for each in document["choices"])
    return Question(**{**document, **lists, "choices": choices})


def modes_of(offered: Sequence[str]) -> tuple[str, ...]:
    """The ways in which an instrument can be used; one that says nothing is operated by its users."""
    return tuple(offered) or (AccessMode.SELF_OPERATED.value,)


def mode_of(offered: Sequence[str], wanted: str) -> str:
    """The way that is meant: the one wanted, or the first that is offered. Raises: AccessModeNotOffered."""
    modes = modes_of(offered)
    if wanted and wanted not in modes:
        raise AccessModeNotOffered(
            _("The instrument is not offered in this way; it is offered as: %(modes)s.")
            % {"modes": ", ".join(modes)}
        )
    return wanted or modes[0]


def checked(questions: Sequence[Question]) -> tuple[Question, ...]:
    """The questions as they can be asked. Raises: FormInvalid, naming the first that can't."""
    if len(questions) > MOST_QUESTIONS:
        raise FormInvalid(_("A form has at most %(most)d questions.") % {"most": MOST_QUESTIONS})
    keys: set[str] = set()
    for number, question in enumerate(questions, 1):
        if wrong := _wrong(question, keys):
            raise FormInvalid(_("Question %(number)d: %(wrong)s") % {"number": number, "wrong": wrong})
        keys.add(question.key)
    return tuple(questions)


def _wrong(question: Question, before: set[str]) -> str:
    """What keeps a question from being asked; empty: nothing."""
    if not _KEY.fullmatch(question.key):
        return _("its key begins with a small letter and has only small letters, digits and _.")
    if question.key in before:
        return _("another question has the key %(key)s.") % {"key": question.key}
    if not (question.label_zh or question.label_en):
        return _("say what it asks, in Chinese or English.")
    if set(question.required_for) - set(question.asked_for or AccessMode.values):
        return _("it can be required only where it is asked.")
    return _wrong_choices(question) or _wrong_limits(question)


def _wrong_limits(question: Question) -> str:
    limits = [each for each in (question.minimum, question.maximum) if each is not None]
    if limits and question.kind != QuestionKind.NUMBER:
        return _("only a number has a smallest and a largest value.")
    if not all(abs(each) <= LARGEST_NUMBER for each in limits):
        return _("its smallest and largest value are numbers.")
    return _("its smallest value is above its largest.") if limits != sorted(limits) else ""


def _wrong_choices(question: Question) -> str:
    values = [choice.value for choice in question.choices]
    if (question.kind == QuestionKind.CHOICE) != bool(values):
        return _("a choice has choices, other questions have none.")
    if len(values) > MOST_CHOICES:
        return _("at most %(most)d choices.") % {"most": MOST_CHOICES}
    if len(set(values)) < len(values) or not all(values):
        return _("its choices differ, and none is empty.")
    return ""
