"""API shapes of booking forms and of what is filled in."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from ninja import Field, Schema
from pydantic import AfterValidator, StrictFloat, StrictInt, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from booking.intake.answers import MOST_PARTICIPANTS, Filled, Hazard, Participant, SampleDeclaration
from booking.intake.models import BookingForm
from booking.intake.questions import MOST_CHOICES, MOST_QUESTIONS, Choice, Question, QuestionKind
from core.schemas import Line, StrictSchema, storable
from instruments.catalogue.models import AccessMode

Modes = Annotated[list[AccessMode], Field(max_length=len(AccessMode))]
Help = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400), AfterValidator(storable)]
QuestionKey = Annotated[str, StringConstraints(max_length=40), AfterValidator(storable)]


class ChoiceIn(StrictSchema):
    """One answer to choose. value: what is stored; labels left out: the value."""

    value: Line = Field(min_length=1)
    label_zh: Line = ""
    label_en: Line = ""


class QuestionIn(StrictSchema):
    """One question. key left out: q1, q2, … by its place. asked_for empty: in every access mode.

    minimum, maximum: of a number, both included.
    """

    key: QuestionKey = ""
    kind: QuestionKind
    label_zh: Line = ""
    label_en: Line = ""
    help_zh: Help = ""
    help_en: Help = ""
    choices: list[ChoiceIn] = Field(default_factory=list, max_length=MOST_CHOICES)
    asked_for: Modes = Field(default_factory=list)
    required_for: Modes = Field(default_factory=list)
    minimum: StrictInt | StrictFloat | None = None
    maximum: StrictInt | StrictFloat | None = None

    def question(self, number: int) -> Question:
        """What is stored. number: its place, from 1."""
        choices = tuple(
            Choice(each.value, *_labels(each.value, each.label_zh, each.label_en)) for each in self.choices
        )
        return Question(
            key=self.key or f"q{number}",
            kind=self.kind.value,
            **{name: getattr(self, name) for name in ("label_zh", "label_en", "help_zh", "help_en")},
            choices=choices,
            asked_for=_modes(self.asked_for),
            required_for=_modes(self.required_for),
            minimum=self.minimum,
            maximum=self.maximum,
        )


class FormIn(StrictSchema):
    """All questions, in order; none: nothing is asked any more."""

    questions: list[QuestionIn] = Field(max_length=MOST_QUESTIONS)

    def asked(self) -> list[Question]:
        """The questions to store."""
        return [each.question(number) for number, each in enumerate(self.questions, 1)]


class ChoiceOut(Schema):
    """One answer to choose."""

    value: str
    label_zh: str
    label_en: str


class QuestionOut(Schema):
    """One question as it was set."""

    key: str
    kind: str
    label_zh: str
    label_en: str
    help_zh: str
    help_en: str
    choices: list[ChoiceOut]
    asked_for: list[str]
    required_for: list[str]
    minimum: int | float | None = None
    maximum: int | float | None = None


class FormOut(Schema):
    """A version of an instrument's form. id null, version 0: none was ever set. made_at: aware UTC."""

    id: int | None
    instrument: int
    version: int
    in_force: bool
    made_at: datetime | None
    questions: list[QuestionOut]


class AnswerFileOut(Schema):
    """An upload; its id is the answer to a question of kind file."""

    id: int
    name: str
    size: int = Field(alias="size_bytes")


class ParticipantIn(StrictSchema):
    """Somebody who comes along."""

    name: Line = Field(min_length=1)
    email: Line = ""

    @model_validator(mode="after")
    def reachable(self) -> "ParticipantIn":
        """An address that mail can be sent to, or none."""
        try:
            if self.email:
                validate_email(self.email)
        except ValidationError as error:
            raise PydanticCustomError("email_invalid", _("Enter a valid email address.")) from error
        return self


class SampleDeclarationIn(StrictSchema):
    """What is declared about the samples. hazards: none, or which; biosafety_level: 1 to 4."""

    hazards: Annotated[list[Hazard], Field(max_length=len(Hazard))] | Literal["none"]
    biosafety_level: int | None = Field(None, ge=1, le=4)

    @model_validator(mode="after")
    def fits(self) -> "SampleDeclarationIn":
        """Biological samples say their level."""
        if Hazard.BIOLOGICAL in self.hazards and self.biosafety_level is None:
            raise PydanticCustomError(
                "biosafety_level_missing", _("Say the biosafety level of biological samples.")
            )
        return self

    @property
    def declaration(self) -> SampleDeclaration:
        """What the commands take."""
        hazards = () if self.hazards == "none" else tuple(Hazard(each).value for each in self.hazards)
        return SampleDeclaration(hazards, self.biosafety_level)


Answers = Annotated[dict[QuestionKey, Any], Field(max_length=2 * MOST_QUESTIONS)]
People = Annotated[list[ParticipantIn], Field(max_length=MOST_PARTICIPANTS)]


class FilledSchema(StrictSchema):
    """What is filled in. access_mode left out: the first that the instrument offers.

    answers: by the question's key: a text, a number, the value of a choice, or the id of a file uploaded by
    POST /answer-files.
    """

    access_mode: AccessMode | None = None
    answers: Answers | None = None
    participants: People = Field(default_factory=list)
    sample_declaration: SampleDeclarationIn | None = None

    @property
    def filled(self) -> Filled:
        """What the commands take."""
        return Filled(
            access_mode=self.access_mode.value if self.access_mode else "",
            answers=self.answers,
            participants=people_of(self.participants),
            sample=self.sample_declaration.declaration if self.sample_declaration else None,
        )


def people_of(given: list[ParticipantIn]) -> tuple[Participant, ...]:
    """Who comes along, as the commands take it."""
    return tuple(Participant(each.name, each.email) for each in given)


def form_document(instrument_id: int, form: BookingForm | None) -> dict[str, Any]:
    """FormOut."""
    return {
        "id": form.pk if form else None,
        "instrument": instrument_id,
        "version": form.version if form else 0,
        "in_force": form is not None and form.replaced_at is None,
        "made_at": form.made_at if form else None,
        "questions": form.questions if form else [],
    }


def _labels(value: str, zh: str, en: str) -> tuple[str, str]:
    return (zh, en) if zh or en else (value, value)


def _modes(given: list[AccessMode]) -> tuple[str, ...]:
    """Once each, in the order of AccessMode."""
    return tuple(mode.value for mode in AccessMode if mode in given)
