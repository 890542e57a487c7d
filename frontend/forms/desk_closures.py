"""A closure typed in the instrument's wall clock."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.reservations.models import Kind
from core.windows import InvalidWindow, TimeWindow, at_wall_clock, query_window
from frontend.forms.wall_clock import WallClockField


class ClosureForm(forms.Form):
    """From when to when, why, and whether it is maintenance."""

    start = WallClockField(label=_("Begins"))
    end = WallClockField(label=_("Ends"))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(kind.value, kind.label) for kind in (Kind.CLOSURE, Kind.MAINTENANCE)]
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Staff and the people whose bookings change read it.")
    )
    occurrence = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean(self) -> dict[str, Any]:
        """Both ends together make the window."""
        given = self.cleaned_data
        if given.get("start") and given.get("end"):
            try:
                given["window"] = query_window(self._instant(given["start"]), self._instant(given["end"]))
            except InvalidWindow as error:
                self.add_error("end", str(error.detail))
        return given

    @property
    def window(self) -> TimeWindow:
        """The window in UTC."""
        window: TimeWindow = self.cleaned_data["window"]
        return window

    @property
    def command(self) -> dict[str, Any]:
        """What the command takes."""
        given = self.cleaned_data
        return {
            "window": self.window,
            "reason": given["reason"],
            "kind": Kind(given["kind"]),
            "occurrence_id": given.get("occurrence"),
        }

    def _instant(self, wall: datetime) -> datetime:
        return at_wall_clock(wall.date(), wall.time(), self.zone)
