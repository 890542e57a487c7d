"""Shared resources, operators, their absences, and what instruments need of them."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.calendars.models import Resource, ResourceKind
from frontend.forms.wall_clock import WallWindowForm

MOST_SLOTS: Final = 10


class ResourceForm(forms.Form):
    """Something to share, or an operator."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"),
        choices=[(kind.value, kind.label) for kind in (ResourceKind.SHARED, ResourceKind.OPERATOR)],
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    capacity = forms.IntegerField(
        label=gettext_lazy("How many at once"),
        min_value=1,
        max_value=200,
        initial=1,
        widget=forms.NumberInput(attrs={"class": "number", "inputmode": "numeric"}),
        help_text=gettext_lazy("So many bookings can have it at the same time; an operator serves one."),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address of the operator's account"),
        required=False,
        help_text=gettext_lazy("Operators with an account enter their own absences."),
    )


class NameForm(forms.Form):
    """Another name."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)


class AbsenceForm(WallWindowForm):
    """When it can't be had, on the institution's clock."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)


class NeedsForm(forms.Form):
    """One group of boxes for each need; of the resources ticked in a group a booking takes one."""

    def __init__(self, data: Any = None, *, resources: Sequence[Resource], slots: Sequence[Sequence[int]]) -> None:
        super().__init__(data)
        choices = [(each.pk, each.name) for each in resources]
        self.shown = min(len(slots) + 1, MOST_SLOTS)
        for number in range(self.shown):
            self.fields[f"slot-{number}"] = forms.TypedMultipleChoiceField(
                label=_("Need %(number)d: one of these") % {"number": number + 1},
                choices=choices,
                coerce=int,
                required=False,
                initial=list(slots[number]) if number < len(slots) else [],
                widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox checkbox-sm"}),
            )

    @property
    def slots(self) -> list[list[int]]:
        """What the command takes."""
        return [given for number in range(self.shown) if (given := self.cleaned_data[f"slot-{number}"])]
