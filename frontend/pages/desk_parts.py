"""What the pages of one instrument share: fetching it, its tabs, the answer to a form."""

from typing import Any, Final, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.selectors import viewer_of_request
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument

_TABS: tuple[tuple[str, str, Promise], ...] = (
    ("desk-instrument-edit", "instrument_edit.html", _("Details")),
    ("desk-instrument-hours", "instrument_hours.html", _("Opening hours")),
    ("desk-instrument-rules", "instrument_rules.html", _("Booking rules")),
    ("desk-instrument-form", "instrument_form.html", _("Booking form")),
    ("desk-instrument-prices", "instrument_prices.html", _("Prices")),
    ("desk-instrument-needs", "instrument_needs.html", _("Shared resources")),
    ("desk-instrument-closures", "instrument_closures.html", _("Closures")),
    ("desk-instrument-waitlist", "instrument_waitlist.html", _("Waiting list")),
    ("desk-instrument-replanning", "instrument_replanning.html", _("Re-planning")),
    ("desk-instrument-upkeep", "instrument_upkeep.html", _("Upkeep")),
    ("desk-instrument-code", "instrument_code.html", _("Code for check-in")),
)
_OPERATORS: Final = (
    "desk-instrument-closures",
    "desk-instrument-waitlist",
    "desk-instrument-replanning",
    "desk-instrument-upkeep",
    "desk-instrument-code",
)


class Tab(NamedTuple):
    """One page of an instrument."""

    address: str
    word: Promise
    is_current: bool


def managed(request: HttpRequest, instrument_id: int) -> Instrument:
    """The instrument, for someone who manages it. Raises: NotSignedIn, NotFound, Forbidden."""
    return access_instrument(viewer_of_request(request), instrument_id, "manage")


def instrument_page(
    request: HttpRequest, instrument: Instrument, template: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of one instrument with its head and tabs; operators see only the tabs they may open."""
    manages = viewer_of_request(request).manages(instrument.institution_id)
    tabs = [
        Tab(reverse(name, args=[instrument.pk]), word, own_template == template)
        for name, own_template, word in _TABS
        if manages or name in _OPERATORS
    ]
    shared = {"instrument": instrument, "tabs": tabs, "manages": manages, "zone": instrument.institution.zone}
    return render(request, f"desk/{template}", {**shared, **context}, status=status)
