"""Opening hours of one instrument: painted on a week, or typed in rows."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Tier
from accounts.selectors import viewer_of_request
from booking.calendars.commands.inherit_opening_hours import inherit_opening_hours
from booking.calendars.commands.open_calendar import OFFICE_HOURS
from booking.calendars.commands.set_opening_hours import set_opening_hours
from booking.calendars.selectors import CurrentOpening, opening_hours
from booking.reservations.selectors.displaced import displaced_on
from frontend.forms.desk_hours import HoursForm, Row
from frontend.pages.desk_parts import instrument_page, managed
from instruments.catalogue.models import Instrument

DAYS: tuple[tuple[str, Promise, Promise], ...] = (
    ("MO", gettext_lazy("Mon"), gettext_lazy("Monday")),
    ("TU", gettext_lazy("Tue"), gettext_lazy("Tuesday")),
    ("WE", gettext_lazy("Wed"), gettext_lazy("Wednesday")),
    ("TH", gettext_lazy("Thu"), gettext_lazy("Thursday")),
    ("FR", gettext_lazy("Fri"), gettext_lazy("Friday")),
    ("SA", gettext_lazy("Sat"), gettext_lazy("Saturday")),
    ("SU", gettext_lazy("Sun"), gettext_lazy("Sunday")),
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def hours(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """Whose hours they are, and the hours themselves; saving forks inherited ones."""
    instrument = managed(request, instrument_id)
    if request.method != "POST":
        return _page(request, instrument, None)
    form = HoursForm(request.POST)
    if not form.is_valid():
        return _page(request, instrument, form, status=422)
    set_opening_hours(viewer=viewer_of_request(request), instrument=instrument, bands=form.bands)
    messages.success(request, _("The opening hours are saved. They apply from today; bookings stay as they are."))
    return _next(instrument)


@require_POST
def inherit(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """The hours of the group, the institution or the platform apply again."""
    instrument = managed(request, instrument_id)
    inherit_opening_hours(viewer=viewer_of_request(request), instrument=instrument)
    messages.success(request, _("The instrument keeps the inherited hours again, from today."))
    return _next(instrument)


def _next(instrument: Instrument) -> HttpResponse:
    """The bookings that now lie outside, where there are any."""
    page = "desk-instrument-replanning" if displaced_on(instrument) else "desk-instrument-hours"
    return redirect(page, instrument.pk)


def _page(
    request: HttpRequest, instrument: Instrument, form: HoursForm | None, *, status: int = 200
) -> HttpResponse:
    opening = opening_hours(instrument.pk)
    form = form or HoursForm(bands=opening.bands if opening else OFFICE_HOURS)
    context: dict[str, Any] = {
        "form": form,
        "blank": Row(),
        "days": DAYS,
        "tiers": Tier.choices,
        "is_own": opening is not None and opening.is_own,
        "owner": _owner(opening),
        "settings": {"tiers": Tier.values, "grid": _grid_texts()},
    }
    return instrument_page(request, instrument, "instrument_hours.html", status=status, **context)


def _owner(opening: CurrentOpening | None) -> str:
    """Which level an inherited profile stands on."""
    if opening is None or opening.profile.institution_id is None:
        return "group" if opening is not None and opening.profile.group_id is not None else "platform"
    return "institution"


def _grid_texts() -> dict[str, Any]:
    return {
        "caption": _("Opening hours of a week"),
        "weekdays": [str(short) for _code, short, _long in DAYS],
        "open": _("open"),
        "partly": _("open to some"),
        "closed": _("closed"),
        "offPeak": _("off-peak"),
        "cell": _("{day} {start}–{end}: {state}"),
    }
