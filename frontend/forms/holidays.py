"""Holidays as they are typed at the desk: one stretch of days, or a table."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Institution
from booking.calendars.holiday_tables import (
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST_NAME,
    Day,
    DayKind,
    HolidayTableInvalid,
    days_of_csv,
    text_of,
)
from frontend.forms.wall_clock import CalendarDateField

LONGEST_STRETCH: Final = timedelta(days=31)
LARGEST_FILE: Final = 200_000


class YearForm(forms.Form):
    """Which year, and whose. What is not understood is this year, at the first institution."""

    use_required_attribute = False
    institution = forms.TypedChoiceField(label=gettext_lazy("Institution"), coerce=int)
    year = forms.IntegerField(
        label=gettext_lazy("Year"),
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        widget=forms.NumberInput(attrs={"class": "number", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, institutions: Sequence[Institution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["institution"].choices = [(each.pk, each.name) for each in institutions]  # type: ignore[attr-defined]
        self.is_valid()

    def chosen(self, institutions: Sequence[Institution]) -> Institution:
        """The institution asked for, else the first."""
        wanted = self.cleaned_data.get("institution")
        return next((each for each in institutions if each.pk == wanted), institutions[0])


class DaysForm(forms.Form):
    """One day, or several one after the other, of one kind."""

    first = CalendarDateField(label=gettext_lazy("First day"))
    last = CalendarDateField(label=gettext_lazy("Last day"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("These days are"),
        choices=[
            (DayKind.OFF, gettext_lazy("days off")),
            (DayKind.WORKING, gettext_lazy("make-up working days")),
            (DayKind.ORDINARY, gettext_lazy("days like any others: take the entry back")),
        ],
    )
    is_official = forms.TypedChoiceField(
        label=gettext_lazy("Announced"),
        coerce=lambda value: value == "yes",
        choices=[("yes", gettext_lazy("officially")), ("no", gettext_lazy("not yet: provisional"))],
        help_text=gettext_lazy("Provisional days change nothing until they are official."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first = given.get("first")
        last = given.get("last") or first
        if first and last and not timedelta() <= last - first < LONGEST_STRETCH:
            self.add_error("last", _("The last day is the first one or up to 30 days later."))
        if first and not FIRST_YEAR <= first.year < LAST_YEAR:
            self.add_error("first", _("Give a date such as 2026-10-01."))
        return given

    @property
    def days(self) -> list[Day]:
        """What the command takes."""
        given = self.cleaned_data
        length = ((given["last"] or given["first"]) - given["first"]).days + 1
        return [
            Day(given["first"] + timedelta(days=n), DayKind(given["kind"]), given["is_official"], given["name"])
            for n in range(length)
        ]


class TableForm(forms.Form):
    """A CSV file; after a preview its text, so that it need not be chosen again. lines: those that are wrong."""

    days: list[Day]
    lines: Sequence[dict[str, Any]] = ()

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        required=False,
        help_text=gettext_lazy("Headings date, kind, status and name, or 日期, 类型, 状态, 名称."),
    )
    table = forms.CharField(
        label=gettext_lazy("or its text"),
        required=False,
        max_length=LARGEST_FILE,
        strip=False,
        widget=forms.Textarea(attrs={"class": "w-full font-mono text-sm", "rows": 5}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        try:
            text = self._text(given)
            self.days = days_of_csv(text)
        except HolidayTableInvalid as refused:
            self.lines = refused.extra.get("lines", [])
            wrong = _("Nothing was taken. The lines that are wrong stand below.")
            self.add_error("table", wrong if self.lines else str(refused.detail))
        return given

    def _text(self, given: dict[str, Any]) -> str:
        """What was sent, kept in the field for the next step."""
        file = given.get("file")
        if file is None:
            return str(given.get("table", ""))
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is too large."))
        text = text_of(file.read())
        self.data = {"table": text}
        return text
