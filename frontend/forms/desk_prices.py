"""Prices per tier: typed in yuan, stored in fen."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from accounts.models import Tier
from frontend.forms.wall_clock import CalendarDateField

DEAREST_YUAN: Final = 1_000_000


class PricesForm(forms.Form):
    """An hour's price for each tier, from a day on."""

    from_on = CalendarDateField(label=_("Valid from"), help_text=_("Bookings made before keep their price."))

    def __init__(self, data: Any = None, *, rates: Mapping[str, int], today: date) -> None:
        initial = {tier: Decimal(fen) / 100 for tier, fen in rates.items()}
        super().__init__(data, initial={**initial, "from_on": today})
        self.today = today
        for tier in Tier:
            self.fields[tier.value] = _price(tier)

    def clean_from_on(self) -> date:
        """A price list for the past would contradict what was charged."""
        on: date = self.cleaned_data["from_on"]
        if not self.today <= on <= self.today + timedelta(days=3660):
            raise forms.ValidationError(_("Choose today or a later day, within ten years."))
        return on

    @property
    def tiers(self) -> Iterator[BoundField]:
        """The price fields."""
        return (self[tier.value] for tier in Tier)

    @property
    def hourly_fen(self) -> dict[Tier, int]:
        """Prices as stored; tiers left empty are absent."""
        given = {tier: self.cleaned_data[tier.value] for tier in Tier}
        return {tier: int(yuan * 100) for tier, yuan in given.items() if yuan is not None}

    @property
    def command(self) -> dict[str, Any]:
        """What the command takes."""
        return {"hourly_fen": self.hourly_fen, "from_on": self.cleaned_data["from_on"]}


def _price(tier: Tier) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"class": "number", "inputmode": "decimal"})
    return forms.DecimalField(
        label=tier.label, required=False, min_value=0, max_value=DEAREST_YUAN, decimal_places=2, widget=widget
    )
