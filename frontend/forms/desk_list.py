"""What the desk's lists are asked for, read from the address."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution
from frontend.forms.wall_clock import CalendarDateField
from instruments.catalogue.models import InstrumentStatus

FARTHEST_DAYS: Final = 400
"""A day further away than this is not a day anybody runs a desk for."""


class DayForm(forms.Form):
    """Which day, and whose instruments. What is not understood is today, at the first institution."""

    use_required_attribute = False
    institution = forms.TypedChoiceField(label=_("Institution"), coerce=int)
    day = CalendarDateField(label=_("Day"))

    def __init__(self, *args: Any, institutions: Sequence[Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["institution"].choices = [(each.pk, each.name) for each in institutions]  # type: ignore[attr-defined]
        self.is_valid()

    def chosen(self, institutions: Sequence[Institution]) -> Institution:
        """The institution asked for, else the first."""
        wanted = self.cleaned_data.get("institution")
        return next((each for each in institutions if each.pk == wanted), institutions[0])

    def day_near(self, today: date) -> date:
        """The day asked for when it is within reach, else today."""
        on: date | None = self.cleaned_data.get("day")
        return on if on is not None and abs(on - today) <= timedelta(days=FARTHEST_DAYS) else today


class InstrumentFilter(forms.Form):
    """Which instruments of one's institutions. What is not understood filters nothing."""

    use_required_attribute = False
    q = forms.CharField(label=_("Name, model, number or text"), required=False, max_length=200)
    institution = forms.TypedChoiceField(label=_("Institution"), coerce=int, required=False)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("All")), *InstrumentStatus.choices],
        widget=forms.HiddenInput,
    )
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, institutions: Sequence[Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("All")), *((each.pk, each.name) for each in institutions)]
        self.fields["institution"].choices = choices  # type: ignore[attr-defined]
        self.is_valid()
        # Of a filter everything is optional; saying so at every field would be noise.
        self.fields["q"].required = self.fields["institution"].required = True
