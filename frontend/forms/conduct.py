"""Qualifications, credit, reports and agreements: what people type."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution
from core.languages import chosen
from frontend.forms.wall_clock import CalendarDateField
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import groups_of
from instruments.qualifications.models import Level


class AppealForm(forms.Form):
    """Why an entry is wrong."""

    text = forms.CharField(
        label=_("Why is this wrong?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "w-full", "rows": 3}),
        help_text=_("The institution reads it and decides."),
    )


class DecisionForm(forms.Form):
    """Granted or not, and why; the person reads it."""

    decision = forms.ChoiceField(choices=[("grant", _("Grant")), ("reject", _("Reject"))])
    answer = forms.CharField(label=_("Answer"), max_length=1000)

    @property
    def is_granted(self) -> bool:
        return bool(self.cleaned_data["decision"] == "grant")


class ReportForm(forms.Form):
    """How a use went."""

    text = forms.CharField(
        label=_("How did it go?"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"class": "w-full", "rows": 4}),
    )
    samples = forms.IntegerField(
        label=_("Samples measured"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        widget=forms.NumberInput(attrs={"class": "number", "inputmode": "numeric"}),
    )
    had_problems = forms.BooleanField(
        label=_("There were problems with the instrument"),
        required=False,
        help_text=_("Say above which ones; staff look after them."),
    )


class AgreementForm(forms.Form):
    """A text in one language or both."""

    text_zh = forms.CharField(
        label=_("Text in Chinese"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"class": "w-full", "rows": 8}),
    )
    text_en = forms.CharField(
        label=_("Text in English"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"class": "w-full", "rows": 8}),
    )


class RevokeForm(forms.Form):
    """Why a qualification ends; the person reads it."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class PeopleFilter(forms.Form):
    """Whose qualifications, and of which institution. What is not understood filters nothing."""

    use_required_attribute = False
    institution = forms.TypedChoiceField(label=_("Institution"), coerce=int)
    q = forms.CharField(label=_("Name or e-mail address"), required=False, max_length=200)

    def __init__(self, *args: Any, institutions: Sequence[Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["institution"].choices = [(each.pk, each.name) for each in institutions]  # type: ignore[attr-defined]
        self.is_valid()
        self.fields["q"].required = True  # of a filter everything is optional

    def chosen(self, institutions: Sequence[Institution]) -> Institution:
        """The institution asked for, else the first."""
        wanted = self.cleaned_data.get("institution")
        return next((each for each in institutions if each.pk == wanted), institutions[0])

    @property
    def words(self) -> str:
        return str(self.cleaned_data.get("q") or "").strip()


class GrantForm(forms.Form):
    """A qualification for somebody, by e-mail address."""

    email = forms.EmailField(label=_("E-mail address of the person"), max_length=200)
    subject = forms.ChoiceField(label=_("For"))
    level = forms.TypedChoiceField(label=_("Level"), coerce=int, choices=Level.choices)
    expires_on = CalendarDateField(
        label=_("Last day"), required=False, help_text=_("Empty: without end. Granting again lengthens it.")
    )

    def __init__(self, *args: Any, institution: Institution, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].choices = _subjects(institution)  # type: ignore[attr-defined]

    @property
    def named(self) -> dict[str, int | None]:
        """instrument_id or group_id."""
        kind, _colon, key = str(self.cleaned_data["subject"]).partition(":")
        return {
            "instrument_id": int(key) if kind == "instrument" else None,
            "group_id": int(key) if kind == "group" else None,
        }


def _subjects(institution: Institution) -> list[tuple[Any, Any]]:
    """Groups first, then single instruments. Two queries."""
    groups = [(f"group:{each.pk}", str(each)) for each in groups_of(institution.pk)]
    single = instrument_choices(institution, prefix="instrument:")
    return [*([(_("All of a group"), groups)] if groups else []), (_("One instrument"), single)]


def instrument_choices(institution: Institution, *, prefix: str = "") -> list[tuple[str, str]]:
    """What is not retired, by name; the number tells instruments of equal names apart. One query."""
    named = (
        Instrument.objects.filter(institution=institution).exclude(status="retired").order_by("name_zh", "name_en")
    )
    rows = named.values_list("pk", "name_zh", "name_en", "number")
    return [
        (f"{prefix}{pk}", " · ".join(filter(None, [chosen(zh, en).text, number]))) for pk, zh, en, number in rows
    ]
