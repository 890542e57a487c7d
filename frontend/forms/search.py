"""The search as the address bar holds it."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.discovery.selectors import Search
from core.durations import in_words
from core.windows import LONGEST_QUERY, at_wall_clock, zone
from frontend.forms.wall_clock import WallClockField
from frontend.zones import PLATFORM_ZONE
from instruments.catalogue.models import AccessMode
from instruments.catalogue.selectors import Filters

TIMES: Final = ("free_from", "free_to", "duration")
_MINUTES: Final = (30, 60, 120, 180, 240, 480)


class SearchForm(forms.Form):
    """Everything is optional; what is not understood is said beside its field and left out of the search.

    Typed times are read on the platform's own clock, because the search covers many institutions.
    """

    all_optional = True

    q = forms.CharField(label=_("What do you need to test?"), required=False, max_length=200)
    category = forms.RegexField(r"^\d{2,6}$", required=False)
    institution = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    region = forms.RegexField(r"^\d{2,6}$", required=False)
    access_mode = forms.ChoiceField(choices=AccessMode.choices, required=False)
    free_from = WallClockField(label=_("Free from"), required=False)
    free_to = WallClockField(label=_("until"), required=False)
    duration = forms.TypedChoiceField(
        label=_("for at least"),
        required=False,
        coerce=int,
        empty_value="0",
        choices=lambda: [("", _("any length")), *((minutes, in_words(minutes)) for minutes in _MINUTES)],
    )
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[("", _("best match")), ("soonest", _("soonest free")), ("price", _("lowest price"))],
    )
    offset = forms.IntegerField(required=False, min_value=0, max_value=10_000_000)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        since, until = (_on_the_platforms_clock(given.get(name)) for name in TIMES[:2])
        if since and until and not timedelta() < until - since <= LONGEST_QUERY:
            self.add_error("free_to", _("Choose an end after the start, within 400 days."))
            until = None
        return given | {"since": since, "until": until}

    def search(self) -> Search:
        """The search that the understood fields make."""
        self.is_valid()
        given = self.cleaned_data
        return Search(
            filters=Filters(
                q=given.get("q", ""),
                category=given.get("category", ""),
                institution=given.get("institution"),
                region=given.get("region", ""),
                access_mode=given.get("access_mode", ""),
            ),
            free_from=given.get("since"),
            free_to=given.get("until"),
            minutes=int(given.get("duration") or 0),
            sort=given.get("sort", ""),
        )


def _on_the_platforms_clock(typed: datetime | None) -> datetime | None:
    return at_wall_clock(typed.date(), typed.time(), zone(PLATFORM_ZONE)) if typed else None
