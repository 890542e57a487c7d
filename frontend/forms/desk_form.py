"""The manager's form of questions: a row each, which works without a script."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.intake.errors import FormInvalid
from booking.intake.questions import MOST_QUESTIONS, Choice, Question, QuestionKind, checked
from instruments.catalogue.models import AccessMode

ASKED: Final = (("", _("not asked")), ("optional", _("may be answered")), ("required", _("must be answered")))
_BAR: Final = "|"


def _number_box() -> forms.NumberInput:
    return forms.NumberInput({"step": "any", "class": "input number", "inputmode": "decimal"})


class QuestionForm(forms.Form):
    """One question. choices: a line each, Chinese | English. modes: what is offered, one field each."""

    all_optional = True

    key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("Kind of answer"), choices=QuestionKind.choices)
    label_zh = forms.CharField(label=_("Question in Chinese"), required=False, max_length=200)
    label_en = forms.CharField(label=_("Question in English"), required=False, max_length=200)
    help_zh = forms.CharField(label=_("Explanation in Chinese"), required=False, max_length=400)
    help_en = forms.CharField(label=_("Explanation in English"), required=False, max_length=400)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=8000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("For a choice only. One per line: Chinese | English."),
    )

    minimum = forms.FloatField(
        label=_("Smallest value"), required=False, help_text=_("For a number only."), widget=_number_box()
    )
    maximum = forms.FloatField(
        label=_("Largest value"), required=False, help_text=_("For a number only."), widget=_number_box()
    )

    def __init__(self, *args: Any, modes: Sequence[str], before: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modes, self.before = modes, before
        for mode in modes:
            self.fields[f"mode_{mode}"] = forms.ChoiceField(
                label=AccessMode(mode).label, choices=ASKED, required=False, initial="optional"
            )

    @property
    def mode_fields(self) -> list[forms.BoundField]:
        return [self[f"mode_{mode}"] for mode in self.modes]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not self.is_empty and not any(given.get(f"mode_{mode}") for mode in self.modes):
            self.add_error(f"mode_{self.modes[0]}", gettext("Say where it is asked, or take it out."))
        return given

    @property
    def is_empty(self) -> bool:
        """A row in which nothing was entered."""
        given = self.cleaned_data
        return not any(given.get(name) for name in ("label_zh", "label_en", "help_zh", "help_en", "choices"))

    def question(self, key: str) -> Question:
        """What the row says. Ways of use that the instrument does not offer now stay as they were."""
        given = self.cleaned_data
        said = {mode: given.get(f"mode_{mode}", "") for mode in self.modes}
        same = next((each for each in self.before if each.key == key), None)
        asked = _asked(said, same)
        required = {mode for mode, word in said.items() if word == "required"}
        required |= {mode for mode in (same.required_for if same else ()) if mode not in said and mode in asked}
        texts = {name: given.get(name, "") for name in ("label_zh", "label_en", "help_zh", "help_en")}
        return Question(
            key=key,
            kind=given["kind"],
            **texts,
            choices=_choices(given.get("choices", ""), same),
            asked_for=() if len(asked) == len(AccessMode) else _ordered(asked),
            required_for=_ordered(required & asked),
            minimum=_plain(given.get("minimum")),
            maximum=_plain(given.get("maximum")),
        )


class _Rows(BaseFormSet):  # type: ignore[type-arg]
    """The rows in the order that their numbers say."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label, form.fields["DELETE"].label = _("Place"), _("Take this question out")
        form.fields["DELETE"].widget.attrs["class"] = "checkbox checkbox-sm"

    @property
    def kept(self) -> list[QuestionForm]:
        """Rows that say something and are not taken out, in order."""
        rows = [row for row in self.ordered_forms if not row.is_empty]
        return [row for row in rows if row not in self.deleted_forms]

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions of valid rows; new ones get the next free key. Raises: FormInvalid."""
        keys = {row.cleaned_data["key"] for row in self.kept}
        free = (key for key in (f"q{number}" for number in range(1, 4 * MOST_QUESTIONS)) if key not in keys)
        return checked([row.question(row.cleaned_data["key"] or next(free)) for row in self.kept])


_MOST_ROWS: Final = 2 * MOST_QUESTIONS
_FormSet: Final = formset_factory(
    QuestionForm,
    formset=_Rows,
    extra=0,
    can_order=True,
    can_delete=True,
    max_num=_MOST_ROWS,
    absolute_max=_MOST_ROWS,  # else one request could have a thousand more rows drawn
)


class QuestionsForm:
    """All rows, and the version that the person saw."""

    def __init__(
        self, data: QueryDict | None, *, questions: Sequence[Question], modes: Sequence[str], version: int
    ) -> None:
        self.data, self.modes = data, modes
        self.version = version
        self.problem = ""
        self.questions: tuple[Question, ...] = tuple(questions)
        initial = [_initial(each, modes) for each in questions] + ([] if questions else [{}])
        more: dict[str, Any] = {"form_kwargs": {"modes": modes, "before": tuple(questions)}, "prefix": "q"}
        self.rows: Any = _FormSet(_with_more(data, modes) if data else None, initial=initial, **more)

    @property
    def seen_version(self) -> int | None:
        """The version that the person changed."""
        text = self.data.get("version", "") if self.data else ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def is_valid(self) -> bool:
        """Turn the rows into questions; what can't be one is said above them or beside the field."""
        if self.data is None:
            return False
        if not self.rows.is_valid():
            self.problem = gettext("Some entries can't be read; the reason stands beside each. Nothing is saved.")
            return False
        try:
            self.questions = self.rows.questions
        except FormInvalid as refused:
            self.problem = str(refused.detail)
        return not self.problem


def _with_more(data: QueryDict, modes: Sequence[str]) -> QueryDict:
    """The button that asks for another row: one more, nothing lost."""
    total = data.get("q-TOTAL_FORMS", "")
    if "more" not in data or not (total.isascii() and total.isdigit() and len(total) < 4):
        return data
    given = data.copy()
    given["q-TOTAL_FORMS"] = str(min(int(total) + 1, _MOST_ROWS))
    for mode in modes:
        given[f"q-{total}-mode_{mode}"] = "optional"
    return given


def _initial(question: Question, modes: Sequence[str]) -> dict[str, Any]:
    words = {
        f"mode_{mode}": "required" if question.is_required(mode) else "optional" if question.is_asked(mode) else ""
        for mode in modes
    }
    names = ("key", "kind", "label_zh", "label_en", "help_zh", "help_en", "minimum", "maximum")
    lines = [f"{each.label_zh} {_BAR} {each.label_en}" for each in question.choices]
    return {**{name: getattr(question, name) for name in names}, "choices": "\n".join(lines), **words}


def _plain(number: float | None) -> int | float | None:
    """A whole number is kept as one."""
    return int(number) if number is not None and number.is_integer() else number


def _asked(said: dict[str, str], same: Question | None) -> set[str]:
    """Where it is asked: as said; where nothing could be said, as before, and otherwise like everywhere."""
    everywhere = all(said.values())
    return {
        mode
        for mode in AccessMode.values
        if (said[mode] if mode in said else same.is_asked(mode) if same else everywhere)
    }


def _choices(text: str, same: Question | None) -> tuple[Choice, ...]:
    """A line each. A choice that was there keeps its value, so that answers compare."""
    known = {(each.label_zh, each.label_en): each.value for each in (same.choices if same else ())}
    pairs = [
        tuple(part.strip() for part in line.partition(_BAR)[::2]) for line in text.splitlines() if line.strip()
    ]
    return tuple(Choice(known.get((zh, en)) or en or zh, zh, en) for zh, en in pairs)


def _ordered(modes: set[str]) -> tuple[str, ...]:
    return tuple(mode for mode in AccessMode.values if mode in modes)
