"""Which period of utilisation, and added up by what; the address holds it all."""

from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.utilisation.errors import PeriodInvalid
from booking.utilisation.metrics.registry import all_metrics
from booking.utilisation.selectors import Period
from booking.utilisation.selectors.groupings import GROUPINGS
from frontend.forms.wall_clock import CalendarDateField

PERIODS: Final = (
    ("this-month", _("This month so far")),
    ("last-month", _("Last month")),
    ("quarter", _("This quarter so far")),
    ("year", _("This year so far")),
    ("dates", _("From … to …")),
)


class ReviewForm(forms.Form):
    """What is not understood is said beside its field; the report then shows this month."""

    use_required_attribute = False
    by = forms.ChoiceField(label=_("Added up by"), required=False)
    period = forms.ChoiceField(label=_("Period"), required=False, choices=PERIODS)
    first = CalendarDateField(label=_("First day"), required=False)
    last = CalendarDateField(label=_("Last day"), required=False)
    sort = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    institution = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)
    instrument = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)
    category = forms.RegexField(r"^\d{6}\Z", required=False, widget=forms.HiddenInput)
    region = forms.RegexField(r"^\d{6}\Z", required=False, widget=forms.HiddenInput)
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.asked_period = span("this-month", today)
        choices = [(code, each.title) for code, each in GROUPINGS.items()]
        self.fields["by"].choices = choices  # type: ignore[attr-defined]
        self.is_valid()
        # Of a filter everything is optional; saying so at every field would be noise.
        for name in ("by", "period", "first", "last"):
            self.fields[name].required = True

    def clean_by(self) -> str:
        return self.cleaned_data["by"] or "institution"

    def clean_sort(self) -> str:
        """A metric's code, with - from the largest; anything else is the usual order."""
        sort: str = self.cleaned_data["sort"]
        return sort if sort.removeprefix("-") in all_metrics() else ""

    def clean(self) -> dict[str, Any]:
        """The period, from its name or its two days."""
        given = self.cleaned_data
        name = given.get("period") or "this-month"
        try:
            self.asked_period = self._dates() if name == "dates" else span(name, self.today)
        except PeriodInvalid as error:
            self.add_error("last", str(error.detail))
        return given

    def value(self, name: str) -> Any:
        """A cleaned value, None where it was not given or not understood."""
        return self.cleaned_data.get(name) or None

    def _dates(self) -> Period:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first is None or last is None:
            self.add_error(None, _("Give the first and the last day."))
            return self.asked_period
        return Period(first, last + timedelta(days=1))


def span(name: str, today: date) -> Period:
    """A named period that contains today, up to today; last month whole."""
    first = today.replace(day=1)
    if name == "last-month":
        return Period((first - timedelta(days=1)).replace(day=1), first)
    if name == "quarter":
        first = first.replace(month=(today.month - 1) // 3 * 3 + 1)
    if name == "year":
        first = first.replace(month=1)
    return Period(first, today + timedelta(days=1))
