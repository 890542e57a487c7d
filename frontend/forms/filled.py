"""What somebody fills in for a booking: the instrument's questions, samples, who comes along, a note.

Every question of every access mode is on the page; the style sheet shows those of the chosen mode (booking.css), so
no script is needed. They are judged when the person confirms, and nothing typed is lost when that is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.forms import BoundField
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.viewers import Viewer
from booking.intake.answers import (
    LONGEST_TEXT,
    MOST_PARTICIPANTS,
    Filled,
    Hazard,
    Participant,
    SampleDeclaration,
    checked_answers,
)
from booking.intake.commands.keep_file import KINDS, keep_file
from booking.intake.errors import AnswersInvalid
from booking.intake.questions import LARGEST_NUMBER, Question, QuestionKind
from booking.intake.selectors import usable_files
from core.errors import DomainError
from instruments.catalogue.models import AccessMode, Instrument

NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Intake:
    """What one form asks. stored: the answers of the booking that is edited; its files stay."""

    viewer: Viewer
    instrument: Instrument
    questions: tuple[Question, ...] = ()
    modes: tuple[str, ...] = (AccessMode.SELF_OPERATED.value,)
    must_declare: bool = False
    stored: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its field. modes, required: for the style sheet; file: what was uploaded before."""

    question: Question
    bound: BoundField
    modes: str
    required: str
    is_optional: bool
    file: Mapping[str, Any] | None

    @property
    def widget(self) -> SafeString:
        """With the design's class for its kind."""
        kinds = {QuestionKind.CHOICE: "select", QuestionKind.FILE: "file-input", QuestionKind.NUMBER: "input"}
        return self.bound.as_widget(attrs={"class": kinds.get(QuestionKind(self.question.kind), "textarea")})


class FilledForm(forms.Form):
    """The part of a booking's form that says what is done there. intake: what is asked."""

    access_mode = forms.ChoiceField(
        label=_("How will the instrument be used?"), required=False, widget=forms.Select({"class": "select"})
    )
    hazards = forms.MultipleChoiceField(
        label=_("Hazards of your samples"),
        required=False,
        choices=[(NONE, _("none of these")), *Hazard.choices],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox checkbox-sm"}),
    )
    biosafety_level = forms.TypedChoiceField(
        label=_("Biosafety level"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("nothing biological")), *((level, f"BSL-{level}") for level in range(1, 5))],
    )
    participants = forms.CharField(
        label=_("Who comes along?"),
        required=False,
        max_length=8000,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("One person per line; after a comma, if you like, an e-mail address."),
    )
    note = forms.CharField(
        label=_("Note to staff"), required=False, max_length=4000, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, intake: Intake, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.intake = intake
        modes: Any = self.fields["access_mode"]
        modes.choices = [(mode, AccessMode(mode).label) for mode in intake.modes]
        self.fields.update({name_of(each): _field_of(each) for each in intake.questions})
        self.use_required_attribute = False
        self.shows_samples = intake.must_declare
        self.kept: dict[str, Mapping[str, Any]] = {}
        self.raw: dict[str, Any] = {}
        self.sample: SampleDeclaration | None = None
        self.people: tuple[Participant, ...] = ()

    @property
    def is_judged(self) -> bool:
        """Whether what was filled in counts: the person saw the questions and confirms."""
        return "confirm" in self.data

    @property
    def filled_names(self) -> set[str]:
        """The fields of this part; their errors leave price and rules as they are."""
        return {*FilledForm.base_fields, *map(name_of, self.intake.questions)}

    @property
    def asked(self) -> Iterator[Asked]:
        """The questions in order, with their fields; only one way of use leaves nothing to the style sheet."""
        only = self.intake.modes[0] if len(self.intake.modes) == 1 else ""
        for question in self.intake.questions:
            if only and not question.is_asked(only):
                continue
            name = name_of(question)
            modes = " ".join(mode for mode in AccessMode.values if question.is_asked(mode))
            required = " ".join(mode for mode in AccessMode.values if question.is_required(mode))
            is_optional = not (only and question.is_required(only))
            yield Asked(question, self[name], modes, required, is_optional, self._file_of(question))

    @property
    def mode(self) -> str:
        """The way of use that was chosen, or the first."""
        return self.cleaned_data.get("access_mode") or self.intake.modes[0]

    @property
    def filled(self) -> Filled | None:
        """What the commands take; None: not judged yet."""
        return Filled(self.mode, self.raw, self.people, self.sample) if self.is_judged else None

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        self._read_files()
        if self.is_judged:
            self._judge_answers(given)
            self.people = self._participants(given.get("participants", ""))
            self.sample = self._declaration(given)
        return given

    def refuse(self, refused: AnswersInvalid) -> None:
        """Put the command's reasons beside the questions."""
        for error in refused.extra["errors"]:
            name = f"q-{error['question']}"
            if name not in self.fields or name not in self.errors:
                self.add_error(name if name in self.fields else None, error["message"])

    def _judge_answers(self, given: Mapping[str, Any]) -> None:
        """Questions of other ways of use are not on the page that the person sees."""
        mode = self.mode
        for question in self.intake.questions:
            name = name_of(question)
            if not question.is_asked(mode):
                self.errors.pop(name, None)
            elif question.kind == QuestionKind.FILE:
                self.raw[question.key] = self.kept.get(question.key, {}).get("id")
            elif name in given:
                self.raw[question.key] = _plain(given[name])
        files = {each["id"]: dict(each) for each in self.kept.values()}
        try:
            checked_answers(self.intake.questions, mode, self.raw, files=files)
        except AnswersInvalid as refused:
            self.refuse(refused)
        # A file that the booking has already needs no answer again.
        for question in self.intake.questions:
            if self._is_stored(question):
                self.raw.pop(question.key, None)

    def _is_stored(self, question: Question) -> bool:
        kept = self.kept.get(question.key)
        return kept is not None and kept == self.intake.stored.get(question.key)

    def _read_files(self) -> None:
        """Keep what was uploaded now at once: a browser forgets chosen files when the page comes back."""
        asked = [each for each in self.intake.questions if each.kind == QuestionKind.FILE]
        earlier = {each.key: _number(self.data.get(f"{name_of(each)}-kept", "")) for each in asked}
        known = {each["id"]: each for each in self.intake.stored.values() if isinstance(each, dict)}
        wanted = {key for key in earlier.values() if key and key not in known}
        known |= usable_files(self.intake.viewer, self.intake.instrument.pk, wanted)
        for question in asked:
            if file := self.cleaned_data.get(name_of(question)):
                self._keep(question, file)
            elif self.data.get(f"{name_of(question)}-kept") and earlier[question.key] in known:
                self.kept[question.key] = known[earlier[question.key] or 0]

    def _keep(self, question: Question, file: Any) -> None:
        try:
            content = file.read()
            kept = keep_file(
                viewer=self.intake.viewer, instrument=self.intake.instrument, name=file.name, content=content
            )
            self.kept[question.key] = {"id": kept.pk, "name": kept.name, "size": kept.size_bytes}
        except DomainError as refused:
            self.add_error(name_of(question), str(refused.detail))

    def _file_of(self, question: Question) -> Mapping[str, Any] | None:
        if self.is_bound:
            return self.kept.get(question.key)
        stored = self.intake.stored.get(question.key)
        return stored if isinstance(stored, dict) else None

    def _participants(self, text: str) -> tuple[Participant, ...]:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if len(lines) > MOST_PARTICIPANTS:
            most = {"most": MOST_PARTICIPANTS}
            self.add_error("participants", gettext("At most %(most)d people can come along.") % most)
            return ()
        try:
            return tuple(map(_participant, lines))
        except ValidationError as refused:
            self.add_error("participants", refused)
            return ()

    def _declaration(self, given: Mapping[str, Any]) -> SampleDeclaration | None:
        hazards, level = given.get("hazards") or [], given.get("biosafety_level")
        if not hazards:
            if self.intake.must_declare:
                self.add_error("hazards", gettext("Tick what your samples are, or “none of these”."))
            return None
        if NONE in hazards and (len(hazards) > 1 or level):
            self.add_error("hazards", gettext("Tick either hazards or “none of these”."))
        if Hazard.BIOLOGICAL.value in hazards and level is None:
            self.add_error("biosafety_level", gettext("Say the biosafety level of biological samples."))
        return SampleDeclaration(tuple(each for each in hazards if each != NONE), level)


def name_of(question: Question) -> str:
    """The name of a question's field."""
    return f"q-{question.key}"


def initial_of(stored: Mapping[str, Any], participants: list[dict[str, str]], sample: Any) -> dict[str, Any]:
    """Initial values of what a booking says already."""
    initial: dict[str, Any] = {f"q-{key}": value for key, value in stored.items() if not isinstance(value, dict)}
    initial["participants"] = "\n".join(filter(None, map(_line, participants)))
    if sample is not None:
        initial |= {"hazards": sample["hazards"] or [NONE], "biosafety_level": sample["biosafety_level"]}
    return initial


def _line(participant: Mapping[str, str]) -> str:
    return ", ".join(filter(None, (participant["name"], participant["email"])))


def _participant(line: str) -> Participant:
    """`Wang Fang, wang@people.example`. A comma may stand in a name; an address has an @."""
    name, _comma, last = line.replace("，", ",").rpartition(",")
    email = last.strip().strip("<>") if "@" in last else ""
    name = (name if email else line).strip()
    if email:
        validate_email(email)
    if not name or len(name) > 200 or "@" in name:
        raise ValidationError(
            gettext("“%(line)s”: write the name first, then a comma and the e-mail address.") % {"line": line[:60]}
        )
    return Participant(name, email)


def _field_of(question: Question) -> forms.Field:
    label, hint = question.label.text, question.help.text
    common: dict[str, Any] = {"label": label, "help_text": hint, "required": False}
    if question.kind == QuestionKind.NUMBER:
        return _number_field(question, common)
    if question.kind == QuestionKind.CHOICE:
        choices = [("", "—"), *((each.value, each.label.text) for each in question.choices)]
        return forms.ChoiceField(**common, choices=choices)
    if question.kind == QuestionKind.FILE:
        return forms.FileField(**common, widget=forms.FileInput({"accept": ",".join(KINDS)}))
    return forms.CharField(**common, max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 2}))


def _number_field(question: Question, common: dict[str, Any]) -> forms.Field:
    """What would be right is said in one sentence, before and after."""
    least, most, said = question.minimum, question.maximum, question.limits
    return forms.FloatField(
        **{**common, "help_text": " ".join(filter(None, [common["help_text"], said]))},
        min_value=-LARGEST_NUMBER if least is None else least,
        max_value=LARGEST_NUMBER if most is None else most,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), said) if said else {},
        widget=forms.NumberInput({"step": "any"}),
    )


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


class AcceptForm(FilledForm):
    """What the booking says that comes of an offer of the waiting list."""

    purpose = forms.CharField(
        label=_("What for?"), required=False, max_length=200, help_text=_("Helps the people at the instrument.")
    )


class EditForm(FilledForm):
    """What a booking says, besides when. version: what the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    purpose = forms.CharField(
        label=_("What for?"), required=False, max_length=200, help_text=_("Helps the people at the instrument.")
    )

    @property
    def is_judged(self) -> bool:
        return self.is_bound

    @property
    def answers(self) -> dict[str, Any]:
        """The answers that were given anew or taken back."""
        mode = self.mode
        asked = [each for each in self.intake.questions if each.is_asked(mode) and not self._is_stored(each)]
        return {each.key: self.raw.get(each.key) for each in asked}
