"""The typed way to book: a window on the instrument's own clock, and what it is for."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Enterprise
from booking.reservations.commands.book import Wanted
from booking.reservations.errors import RuleViolations
from booking.reservations.rules.window_valid import asked_window
from booking.reservations.selectors.operators import ANYBODY, OperatorChoice
from booking.reservations.selectors.wishes import Wish
from core.windows import TimeWindow, at_wall_clock
from core.windows import zone as zone_of
from frontend.forms.filled import FilledForm
from frontend.forms.on_behalf import OnBehalfFields
from frontend.forms.wall_clock import CalendarDateField

_ENDS: Final = ("start", "end")


class WindowForm(forms.Form):
    """Start and end as dates and times of the zone's wall clock; `window` is the half-open UTC window."""

    start_date = CalendarDateField(label=_("From"))
    start_time = forms.TimeField(label=_("Time from"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    end_date = CalendarDateField(label=_("To"))
    end_time = forms.TimeField(label=_("Time to"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    checked = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(_with_choice(data) if data else None, *args, **kwargs)
        self.zone = zone

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if all(given.get(f"{end}_{part}") is not None for end in _ENDS for part in ("date", "time")):
            try:
                given["window"] = asked_window(*(self._instant(given, end) for end in _ENDS), zone=self.zone)
            except RuleViolations as error:
                self.add_error("end_date", str(error.detail))
        return given

    def _instant(self, given: dict[str, Any], end: str) -> datetime:
        on, at = given[f"{end}_date"], given[f"{end}_time"]
        return at_wall_clock(on, at, zone_of(self.zone))

    @property
    def window(self) -> TimeWindow:
        """The window of a valid form."""
        window: TimeWindow = self.cleaned_data["window"]
        return window

    @property
    def signature(self) -> str:
        """What decides price and rules. A confirmation counts only for what was shown: see `is_confirmed`."""
        given = self.cleaned_data
        parts = (self.window.starts_at.isoformat(), self.window.ends_at.isoformat(), given.get("places"))
        return "|".join(map(str, (*parts, given.get("account"))))

    @property
    def is_confirmed(self) -> bool:
        """Whether the person pressed the button that confirms, having seen the verdict on these very values."""
        return "confirm" in self.data and self.cleaned_data["checked"] == self.signature


def _with_choice(data: QueryDict) -> QueryDict:
    """A button `instead` (`2026-03-02T09:00/2026-03-02T10:00`) replaces the typed window, nothing else."""
    start, _slash, end = data.get("instead", "").partition("/")
    if not end:
        return data
    chosen = data.copy()
    for name, wall in zip(_ENDS, (start, end), strict=True):
        chosen[f"{name}_date"], _t, chosen[f"{name}_time"] = wall.partition("T")
    return chosen


def window_initial(window: TimeWindow, zone: str) -> dict[str, date | time]:
    """Initial values of a WindowForm for a window."""
    start, end = (instant.astimezone(zone_of(zone)) for instant in (window.starts_at, window.ends_at))
    return {
        "start_date": start.date(),
        "start_time": start.time(),
        "end_date": end.date(),
        "end_time": end.time(),
    }


class BookingForm(OnBehalfFields, WindowForm, FilledForm):
    """A wish to book. Fields that offer no choice are left out: one place, nobody else to book for.

    firms: one's own. behalf: others that one may book for.
    """

    places = forms.TypedChoiceField(label=_("Places"), coerce=int)
    account = forms.TypedChoiceField(label=_("Booked for"), coerce=int)
    purpose = forms.CharField(
        label=_("What for?"), required=False, max_length=200, help_text=_("Helps the people at the instrument.")
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *args: Any,
        capacity: int,
        firms: list[Enterprise],
        behalf: "QuerySet[Enterprise] | None" = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, *args, **kwargs)
        self.order_fields(["access_mode", "purpose"])
        self.offer_firms(behalf)
        self.fields["places"].choices = [(number, number) for number in range(1, capacity + 1)]  # type: ignore[attr-defined]
        self.fields["account"].choices = [*((firm.pk, firm.name) for firm in firms), (0, _("myself"))]  # type: ignore[attr-defined]
        if firms:
            self.fields["account"].initial = firms[0].pk
        if capacity == 1:
            del self.fields["places"]
        if not firms:
            del self.fields["account"]

    @property
    def wanted(self) -> Wanted:
        """What is wanted besides instrument and window."""
        given, other = self.cleaned_data, self.on_behalf_of
        return Wanted(
            purpose=given.get("purpose", ""),
            note=given.get("note", ""),
            places=given.get("places", 1),
            account_id=other.pk if other else given.get("account") or None,
            filled=self.filled,
            on_behalf=other is not None,
            access_mode=given.get("access_mode", ""),
        )

    @property
    def has_verdict(self) -> bool:
        """Whether price and rules can be told: nothing but what was filled in is wrong."""
        return self.is_bound and not self.errors.keys() - self.filled_names

    @property
    def is_confirmed(self) -> bool:
        return not self.errors and super().is_confirmed

    @property
    def on_behalf_of(self) -> Enterprise | None:
        """The firm of a valid form, if it is not one's own."""
        firm: Enterprise | None = self.cleaned_data.get("on_behalf_of")
        return firm

    @property
    def signature(self) -> str:
        return f"{super().signature}|{self.on_behalf_of.pk}" if self.on_behalf_of else super().signature


class WaitForm(BookingForm):
    """A wish to wait: for the whole window, or for so many hours anywhere in it."""

    hours = forms.DecimalField(
        label=_("Hours"),
        required=False,
        min_value=Decimal("0.25"),
        max_value=Decimal(720),
        decimal_places=2,
        help_text=_("How long you need, anywhere between the two ends. Left empty: exactly this time."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = {"access_mode"} if len(self.intake.modes) > 1 else set()
        for name in {"purpose", *self.filled_names} - kept:
            del self.fields[name]

    @property
    def is_judged(self) -> bool:
        return False

    @property
    def wish(self) -> Wish:
        """What is waited for."""
        given = self.cleaned_data
        minutes = self.window.minutes if given["hours"] is None else int(given["hours"] * 60)
        whose = (given.get("places", 1), given.get("account") or None, given.get("access_mode", ""))
        return Wish(self.window, minutes, *whose)


class CancelForm(forms.Form):
    """Why; somebody else's booking needs a reason. version, fee: what the person saw."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput)
    fee = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_reason
        if needs_reason:
            self.fields["reason"].help_text = _("The person who booked reads it.")


class MoveForm(WindowForm):
    """Another window for a booking. version: what the person saw.

    runs: whether somebody runs it, else nobody is chosen; kept: names of those who can go on; others: (id, name) of
    those who could.
    A button `by` chooses as the field does.
    """

    operator = forms.ChoiceField(label=pgettext_lazy("who runs a booking", "Operator"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *args: Any,
        runs: bool = False,
        kept: Sequence[str] = (),
        others: Sequence[tuple[int, str]] = (),
        **kwargs: Any,
    ) -> None:
        if data and "by" in data:
            data = data.copy()
            data["operator"] = data.get("by", "")
        super().__init__(data, *args, **kwargs)
        anybody, *named = operator_choices(others)
        choices = [("", ", ".join(kept)), anybody, *named] if kept else [anybody, *named]
        self.fields["operator"].choices = choices  # type: ignore[attr-defined]
        if not runs:
            del self.fields["operator"]

    @property
    def operator_choice(self) -> OperatorChoice:
        """Who shall run it, of a valid form."""
        return chosen_operator(self.cleaned_data.get("operator", ""))

    @property
    def signature(self) -> str:
        chosen = self.cleaned_data.get("operator")
        return f"{super().signature}|{chosen}" if chosen else super().signature


def operator_choices(others: Sequence[tuple[int, str]]) -> list[tuple[str, str | Promise]]:
    """Whoever is free, and each of these."""
    return [(ANYBODY, _("Whoever is free")), *((str(key), name) for key, name in others)]


def chosen_operator(value: str) -> OperatorChoice:
    """What a value of `operator_choices` means; empty: whoever runs it now."""
    return ANYBODY if value == ANYBODY else int(value) if value else None


class WaiveFeeForm(forms.Form):
    """Why nothing is charged. version: what the person saw."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput)


class EndForm(forms.Form):
    """Another end for a running booking, on the zone's wall clock. version: what the person saw."""

    end_date = CalendarDateField(label=_("To"))
    end_time = forms.TimeField(label=_("Time to"), widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, sheet: tuple[TimeWindow, int], zone: str) -> None:
        window, version = sheet
        initial = window_initial(window, zone)
        super().__init__(data, initial={**initial, "version": version})
        self.zone = zone

    @property
    def ends_at(self) -> datetime:
        """The end of a valid form, aware."""
        given = self.cleaned_data
        return at_wall_clock(given["end_date"], given["end_time"], zone_of(self.zone))
