"""Places, turnaround and the rules' values of one instrument."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from booking.calendars.commands.set_turnaround import LONGEST_TURNAROUND_MINUTES
from booking.reservations.commands.set_capacity import MOST_PLACES
from booking.reservations.policy_values import INHERIT, Inherit
from booking.reservations.selectors.access import CalendarHead
from booking.reservations.selectors.policy_levels import PolicyOf
from frontend.presenters.policy_form import Row, RowSection, in_sections, policy_row
from frontend.presenters.rules import worded

_NUMBER: Final = {"class": "number", "inputmode": "numeric"}


class PlacesForm(forms.Form):
    """How many may work at once, and how long the instrument rests afterwards."""

    capacity = forms.IntegerField(
        label=_("Parallel places"),
        min_value=1,
        max_value=MOST_PLACES,
        widget=forms.NumberInput(attrs=_NUMBER),
        help_text=_("How many bookings the instrument can take at the same time."),
    )
    turnaround_minutes = forms.IntegerField(
        label=_("Turnaround in minutes"),
        min_value=0,
        max_value=LONGEST_TURNAROUND_MINUTES,
        widget=forms.NumberInput(attrs=_NUMBER),
        help_text=_("Stays blocked after each new booking, for cleaning and changing over."),
    )

    def __init__(self, data: Any = None, *, head: CalendarHead) -> None:
        initial = {"capacity": head.capacity, "turnaround_minutes": head.turnaround_minutes}
        super().__init__(data, initial=initial)

    @property
    def places(self) -> int:
        return int(self.cleaned_data["capacity"])

    @property
    def minutes(self) -> int:
        return int(self.cleaned_data["turnaround_minutes"])


class PeriodForm(forms.Form):
    """On how many months of bookings values are tried."""

    months = forms.TypedChoiceField(
        label=_("Try the values in the form on the bookings of"),
        coerce=int,
        initial=3,
        widget=forms.Select(attrs={"class": "select"}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["months"].choices = [  # type: ignore[attr-defined]
            (n, ngettext("the last month", "the last %(count)d months", n) % {"count": n}) for n in (1, 3, 6, 12)
        ]

    @property
    def chosen(self) -> int:
        return int(self.cleaned_data["months"])


class RulesForm(forms.Form):
    """For every rule: inherit, an own value, or no limit.

    The hidden initial values say what the person saw, so that only what they changed is written.
    """

    def __init__(self, data: Any = None, *, policy: Mapping[str, PolicyOf]) -> None:
        super().__init__(data)
        self.policy = policy
        for each in policy.values():
            self._add(each)

    def clean(self) -> dict[str, Any]:
        """An own value needs a number; the shortest booking can't exceed the longest."""
        for each in self.policy.values():
            code = each.rule.code
            wants_value = self.cleaned_data.get(f"{code}-mode") == "value"
            if (
                wants_value
                and self.cleaned_data.get(f"{code}-value") is None
                and f"{code}-value" not in self.errors
            ):
                self.add_error(f"{code}-value", _("Give a number, or choose another setting."))
        if not self.errors:
            self._compare_lengths()
        return self.cleaned_data

    @property
    def sections(self) -> list[RowSection]:
        """The rules as the page shows them."""
        return list(in_sections(self._rows, lambda row: row.rule.code in self._changed))

    @property
    def set_here(self) -> int:
        """How many rules have a value of this level, as it is stored."""
        return sum(each.is_set_here for each in self.policy.values())

    @property
    def _rows(self) -> Iterator[Row]:
        for code, each in self.policy.items():
            yield policy_row(each, self[f"{code}-mode"], self[f"{code}-value"])

    @property
    def _changed(self) -> set[str]:
        return {name.rpartition("-")[0] for name in self.changed_data}

    @property
    def changes(self) -> dict[str, int | Inherit | None]:
        """The new value of every rule that the person changed."""
        return {code: self._value(code) for code in self._changed}

    def _value(self, code: str) -> int | Inherit | None:
        mode = self.cleaned_data[f"{code}-mode"]
        if mode == "inherit":
            return INHERIT
        value: int | Decimal | None = self.cleaned_data[f"{code}-value"]
        if mode != "value" or value is None:
            return None
        return int(value * 100) if isinstance(value, Decimal) else value

    def _compare_lengths(self) -> None:
        shortest, longest = self._in_force("min_duration"), self._in_force("max_duration")
        if shortest is not None and longest is not None and shortest > longest:
            self.add_error("max_duration-value", _("The longest booking can't be shorter than the shortest."))

    def _in_force(self, code: str) -> int | None:
        value = self._value(code)
        if value is INHERIT:
            return self.policy[code].general.inherited.value
        return value

    def _add(self, each: PolicyOf) -> None:
        general, own, setting = each.general, each.general.own, each.setting
        inherited = worded(general.inherited.value, setting)
        self.fields[f"{each.rule.code}-mode"] = forms.ChoiceField(
            label=str(each.rule.title),
            choices=[
                ("inherit", gettext("Inherit: %(value)s") % {"value": inherited}),
                ("value", gettext("Own value")),
                *([] if setting.choices else [("unlimited", gettext("No limit"))]),
            ],
            widget=forms.Select(attrs={"class": "select"}),
            initial="inherit" if own is INHERIT else "unlimited" if own is None else "value",
            show_hidden_initial=True,
        )
        self.fields[f"{each.rule.code}-value"] = self._value_field(each)

    def _value_field(self, each: PolicyOf) -> forms.Field:
        general, own, setting = each.general, each.general.own, each.setting
        if setting.choices:
            return forms.TypedChoiceField(
                label=_("Own value"),
                required=False,
                coerce=int,
                empty_value=None,
                choices=setting.choices,
                initial=own if isinstance(own, int) else general.inherited.value,
                widget=forms.Select(attrs={"class": "select"}),
                show_hidden_initial=True,
            )
        if setting.unit == "fen":
            return forms.DecimalField(
                label=_("Own value"),
                required=False,
                min_value=Decimal(setting.minimum) / 100,
                max_value=Decimal(setting.maximum) / 100,
                decimal_places=2,
                initial=Decimal(own) / 100 if isinstance(own, int) else None,
                widget=forms.NumberInput(attrs={"class": "input number", "inputmode": "decimal"}),
                show_hidden_initial=True,
            )
        return forms.IntegerField(
            label=_("Own value"),
            required=False,
            min_value=setting.minimum,
            max_value=setting.maximum,
            initial=own if isinstance(own, int) else None,
            widget=forms.NumberInput(attrs={**_NUMBER, "class": "input number"}),
            show_hidden_initial=True,
        )
