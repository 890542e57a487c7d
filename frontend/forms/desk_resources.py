"""Shared resources, operators, their absences, and what instruments need of them."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.calendars.models import Resource, ResourceKind
from booking.calendars.selectors import Need
from frontend.forms.wall_clock import WallWindowForm
from instruments.catalogue.models import AccessMode

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
    """One group of boxes for each need; of the resources ticked in a group a booking takes one.

    modes: the ways of use that are offered; with several, each need can be limited to some of them.
    """

    def __init__(
        self, data: Any = None, *, resources: Sequence[Resource], needs: Sequence[Need], modes: Sequence[str]
    ) -> None:
        super().__init__(data)
        self.resources, self.modes = resources, modes
        self.shown = min(len(needs) + 1, MOST_SLOTS)
        for number in range(self.shown):
            self._ask_for(number, needs[number] if number < len(needs) else Need([], []))

    @property
    def slots(self) -> list[list[int]]:
        """What the command takes."""
        return [self.cleaned_data[f"slot-{number}"] for number in self._given]

    @property
    def slot_modes(self) -> list[list[str]]:
        """In which ways of use each of them is needed."""
        return [self._modes_of(number) for number in self._given]

    @property
    def _given(self) -> list[int]:
        return [number for number in range(self.shown) if self.cleaned_data[f"slot-{number}"]]

    def _modes_of(self, number: int) -> list[str]:
        """All that are offered is no limit: what is offered later needs it too."""
        given: list[str] = self.cleaned_data.get(f"modes-{number}", [])
        return [] if set(self.modes) <= set(given) else given

    def _ask_for(self, number: int, need: Need) -> None:
        boxes = {"class": "checkbox checkbox-sm"}
        self.fields[f"slot-{number}"] = forms.TypedMultipleChoiceField(
            label=_("Need %(number)d: one of these") % {"number": number + 1},
            choices=[(each.pk, each.name) for each in self.resources],
            coerce=int,
            required=False,
            initial=need.resources,
            widget=forms.CheckboxSelectMultiple(attrs=boxes),
        )
        named = [mode for mode in AccessMode if mode in self.modes or mode in need.modes]
        if len(named) > 1 or need.modes:
            self.fields[f"modes-{number}"] = forms.MultipleChoiceField(
                label=_("Need %(number)d: only for these ways of use") % {"number": number + 1},
                choices=[(mode.value, mode.label) for mode in named],
                required=False,
                initial=need.modes,
                help_text=_("None ticked: for every use."),
                widget=forms.CheckboxSelectMultiple(attrs=boxes),
            )
