"""Faults, maintenance plans and closures that come again, as they are typed at the desk."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.calendars.recurrence import Rhythm
from booking.reservations.models import Kind
from frontend.forms.wall_clock import CalendarDateField
from instruments.upkeep.commands.plan_maintenance import Wanted
from instruments.upkeep.models import Severity, Unit


class FaultForm(forms.Form):
    """What is wrong and how bad it is."""

    what = forms.CharField(label=gettext_lazy("What is wrong"), max_length=200)
    severity = forms.ChoiceField(label=gettext_lazy("The instrument is"), choices=Severity.choices)
    expected_return_on = CalendarDateField(
        label=gettext_lazy("Expected return"),
        required=False,
        help_text=gettext_lazy("Only where it is out of service."),
    )

    @property
    def command(self) -> dict[str, Any]:
        """What the command takes."""
        return {**self.cleaned_data, "severity": Severity(self.cleaned_data["severity"])}


class RhythmForm(forms.Form):
    """Every so many weeks or months from a day on, at a time of day, for so long."""

    every = forms.IntegerField(label=gettext_lazy("Every"), min_value=1, max_value=104, initial=1)
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit"),
        choices=Unit.choices,
        help_text=gettext_lazy("Months: on the same weekday of the month, such as its second Tuesday."),
    )
    first_on = CalendarDateField(label=gettext_lazy("First on"))
    starts = forms.TimeField(label=gettext_lazy("Begins at"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=1, max_value=7 * 1440, initial=120)


class RepeatForm(RhythmForm):
    """A closure that comes again."""

    until = CalendarDateField(label=gettext_lazy("Last day"), required=False)
    repeat_kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[(kind.value, kind.label) for kind in (Kind.CLOSURE, Kind.MAINTENANCE)]
    )
    repeat_reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    @property
    def command(self) -> dict[str, Any]:
        """What the command takes."""
        given = self.cleaned_data
        rhythm = Rhythm(
            start=given["starts"],
            minutes=given["minutes"],
            every=given["every"],
            unit=given["unit"],
            first_on=given["first_on"],
            until=given["until"],
        )
        return {"rhythm": rhythm, "reason": given["repeat_reason"], "kind": Kind(given["repeat_kind"])}


class PlanForm(RhythmForm):
    """Maintenance that comes again, or on dates of its own."""

    every = forms.IntegerField(label=gettext_lazy("Every"), min_value=1, max_value=104, required=False)
    first_on = CalendarDateField(label=gettext_lazy("First on"), required=False)
    dates = forms.CharField(
        label=gettext_lazy("Or on these dates"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Such as 2026-03-02, 2026-06-01; then leave the rhythm empty."),
    )
    note = forms.CharField(label=gettext_lazy("What is done"), max_length=200)
    calibration_due_on = CalendarDateField(label=gettext_lazy("Calibration due"), required=False)

    def clean_dates(self) -> list[date]:
        """The dates between commas or spaces."""
        words = self.cleaned_data["dates"].replace(",", " ").replace("，", " ").replace("、", " ").split()
        try:
            return [date.fromisoformat(word) for word in words]
        except ValueError:
            raise forms.ValidationError(_("Give dates such as 2026-03-02.")) from None

    @property
    def command(self) -> dict[str, Any]:
        """What the command takes."""
        given = self.cleaned_data
        wanted = Wanted(
            starts=given["starts"],
            minutes=given["minutes"],
            every=given["every"],
            unit=given["unit"] if given["every"] else "",
            first_on=given["first_on"],
            dates=given["dates"],
        )
        return {"wanted": wanted, "note": given["note"], "calibration_due_on": given["calibration_due_on"]}
