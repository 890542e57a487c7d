"""Repeating a booking, and what to change or cancel of a series."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.calendars.patterns import MOST_OCCURRENCES, WEEKDAYS, Every, InvalidRepeat, Repeat
from booking.reservations.commands.change_series import Change, NothingToChange
from booking.reservations.commands.occurrences import SeriesScope
from core.windows import LONGEST_QUERY, TimeWindow
from core.windows import zone as zone_of
from frontend.forms.booking import BookingForm, chosen_operator, operator_choices
from frontend.forms.wall_clock import CalendarDateField

DAYS: Final = (
    ("MO", _("Mon")),
    ("TU", _("Tue")),
    ("WE", _("Wed")),
    ("TH", _("Thu")),
    ("FR", _("Fri")),
    ("SA", _("Sat")),
    ("SU", _("Sun")),
)

ORDINAL_WORDS: Final = {
    1: pgettext_lazy("weekday of a month", "first"),
    2: pgettext_lazy("weekday of a month", "second"),
    3: pgettext_lazy("weekday of a month", "third"),
    4: pgettext_lazy("weekday of a month", "fourth"),
    -1: pgettext_lazy("weekday of a month", "last"),
}

_COUNTED: Final = (Every.WEEK, Every.DAYS, Every.MONTH_WEEKDAY)
assert tuple(day for day, _name in DAYS) == WEEKDAYS


class RepeatForm(BookingForm):
    """A wish to book and how it repeats. What does not belong to the chosen way is left out of account."""

    every = forms.ChoiceField(
        label=_("Repeat"),
        choices=[
            (Every.WEEK, _("by the week")),
            (Every.DAYS, _("by the day")),
            (Every.WEEKDAYS, _("Monday to Friday")),
            (Every.MONTH_WEEKDAY, _("by the month, on a weekday")),
        ],
    )
    interval = forms.IntegerField(
        label=_("Every so many"),
        initial=1,
        min_value=1,
        max_value=MOST_OCCURRENCES,
        required=False,
        help_text=_("1 is every week, day or month, 2 every other."),
    )
    weekdays = forms.MultipleChoiceField(
        label=_("On these days of the week"),
        choices=DAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("By the week only; none: the day of the first booking."),
    )
    ordinal = forms.TypedChoiceField(
        label=_("Which one of the month"),
        choices=[("", _("like the first booking")), *ORDINAL_WORDS.items()],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("By the month only."),
    )
    until = CalendarDateField(label=_("Last day"), required=False)
    count = forms.IntegerField(
        label=_("Or so many bookings"), required=False, min_value=1, max_value=MOST_OCCURRENCES
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors:
            try:
                given["repeat"] = self._repeat(given)
            except InvalidRepeat as error:
                self.add_error("until", str(error.detail))
        return given

    def _repeat(self, given: dict[str, Any]) -> Repeat:
        every = Every(given["every"])
        return Repeat(
            every=every,
            interval=given["interval"] or 1 if every in _COUNTED else 1,
            weekdays=tuple(given["weekdays"]) if every == Every.WEEK else (),
            ordinal=given["ordinal"] if every == Every.MONTH_WEEKDAY else None,
            until=given["until"],
            count=given["count"],
        )

    @property
    def repeat(self) -> Repeat:
        """How it repeats, of a valid form."""
        repeat: Repeat = self.cleaned_data["repeat"]
        return repeat

    @property
    def signature(self) -> str:
        """What decides the plan that was shown."""
        return sha256(f"{super().signature}|{self.repeat!r}".encode()).hexdigest()

    @property
    def skips_refused(self) -> bool:
        """Whether the person pressed the button that books all but the refused."""
        return bool(self.data.get("confirm") == "rest")


class CancelSeriesForm(forms.Form):
    """Which bookings of a series to cancel, seen from one of them. version: the series' as the person saw it."""

    scope = forms.ChoiceField(
        label=_("Which bookings?"),
        initial=SeriesScope.THIS,
        widget=forms.RadioSelect,
        choices=[
            (SeriesScope.THIS, _("only this one")),
            (SeriesScope.FOLLOWING, _("this one and those after it")),
            (SeriesScope.ALL, _("all that have not begun")),
        ],
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput)
    checked = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    fee = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_reason
        if needs_reason:
            self.fields["reason"].help_text = _("The person who booked reads it.")

    @property
    def is_confirmed(self) -> bool:
        """Whether the person has seen which bookings this choice means."""
        return "confirm" in self.data and self.cleaned_data["checked"] == self.cleaned_data["scope"]

    @property
    def command(self) -> dict[str, Any]:
        """What the command takes besides viewer, series and booking."""
        given = self.cleaned_data
        return {
            "scope": SeriesScope(given["scope"]),
            "reason": given["reason"],
            "expected_version": given["version"],
            "most_fen": (given["fee"] or 0) if self.is_confirmed else None,
        }


class ChangeSeriesForm(forms.Form):
    """What becomes of several bookings of a series; what is left empty stays. version: as in CancelSeriesForm.

    operators: (id, name) of those who run the instrument; without any nobody is chosen.
    """

    scope = forms.ChoiceField(
        label=_("Which bookings change?"),
        initial=SeriesScope.FOLLOWING,
        widget=forms.RadioSelect,
        choices=[
            (SeriesScope.FOLLOWING, _("this one and those after it")),
            (SeriesScope.ALL, _("all that have not begun")),
        ],
    )
    start = forms.TimeField(
        label=_("New start"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, "%H:%M"),
        help_text=_("Each stays on its day. Empty: each begins when it does now."),
    )
    minutes = forms.IntegerField(
        label=_("New length in minutes"),
        required=False,
        min_value=1,
        max_value=LONGEST_QUERY.days * 1440,
        help_text=_("Empty: each stays as long as it is."),
    )
    operator = forms.ChoiceField(label=pgettext_lazy("who runs a booking", "Operator"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
    checked = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    fee = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, operators: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = ("", _("Whoever runs each of them now"))
        self.fields["operator"].choices = [kept, *operator_choices(operators)]  # type: ignore[attr-defined]
        if not operators:
            del self.fields["operator"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not self.errors and self.change == Change():
            raise forms.ValidationError(NothingToChange.title)
        return given

    @property
    def scope_chosen(self) -> SeriesScope:
        """Which bookings, of a valid form."""
        return SeriesScope(self.cleaned_data["scope"])

    @property
    def change(self) -> Change:
        """What becomes of each."""
        given = self.cleaned_data
        return Change(given["start"], given["minutes"], operator=chosen_operator(given.get("operator", "")))

    @property
    def signature(self) -> str:
        """What decides what was shown."""
        return f"{self.scope_chosen}|{self.change.start}|{self.change.minutes}|{self.change.operator or ''}"

    @property
    def is_confirmed(self) -> bool:
        """Whether the person has seen what these very values change."""
        return "confirm" in self.data and self.cleaned_data["checked"] == self.signature


def change_initial(window: TimeWindow, zone: str) -> dict[str, Any]:
    """Start and length of a window on the zone's wall clock, for a ChangeSeriesForm."""
    start, end = (at.astimezone(zone_of(zone)).replace(tzinfo=None) for at in (window.starts_at, window.ends_at))
    return {
        "start": start.time(),
        "minutes": max(end - start, timedelta(0)) // timedelta(minutes=1) or window.minutes,
    }
