"""Terms of booking an instrument: rules, places, turnaround, prices."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Tier
from accounts.selectors import viewer_of_request
from booking.calendars.commands.set_turnaround import set_turnaround
from booking.calendars.errors import CapacityClaimed
from booking.pricing.commands.set_hourly_rates import set_hourly_rates
from booking.pricing.selectors import hourly_rates, rate_cards
from booking.reservations.commands.set_capacity import set_capacity
from booking.reservations.commands.set_policy_value import set_policy_value
from booking.reservations.selectors.access import access_calendar, reservations_visible_to
from booking.reservations.selectors.policy_levels import policy_at
from core import clock
from core.windows import zone
from frontend.forms.desk_prices import PricesForm
from frontend.forms.desk_rules import PeriodForm, PlacesForm, RulesForm
from frontend.pages.desk_parts import instrument_page, managed
from frontend.pages.posting import posted_from
from instruments.catalogue.models import Instrument


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def rules(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """Every rule with the value in force and where it comes from; only what was changed is written."""
    instrument = managed(request, instrument_id)
    form = RulesForm(request.POST or None, policy=policy_at(instrument))
    if not form.is_valid():
        return rules_page(request, instrument, form=form, status=422 if form.errors else 200)
    with transaction.atomic():
        for code, value in form.changes.items():
            set_policy_value(viewer=viewer_of_request(request), instrument=instrument, code=code, value=value)
    messages.success(request, _("The rules are saved. They apply to bookings made or moved from now on."))
    return redirect("desk-instrument-rules", instrument.pk)


@posted_from("desk-instrument-rules", "instrument_id")
def places(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """Parallel places and turnaround; places that are booked can't be taken away."""
    instrument = managed(request, instrument_id)
    viewer = viewer_of_request(request)
    form = PlacesForm(request.POST, head=access_calendar(viewer, instrument.pk))
    if not form.is_valid():
        return rules_page(request, instrument, places_form=form, status=422)
    try:
        with transaction.atomic():
            set_capacity(viewer=viewer, instrument=instrument, places=form.places)
            set_turnaround(viewer=viewer, instrument=instrument, minutes=form.minutes)
    except CapacityClaimed as refused:
        return _claimed(request, instrument, form, refused)
    messages.success(request, _("Places and turnaround are saved. Bookings stay as they are."))
    return redirect("desk-instrument-rules", instrument.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def prices(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """The hourly price for each tier, from a day on."""
    instrument = managed(request, instrument_id)
    today = clock.today(zone(instrument.institution.zone))
    form = PricesForm(request.POST or None, rates=hourly_rates(instrument.pk, today), today=today)
    if not form.is_valid():
        shown = {"form": form, "cards": rate_cards(instrument.pk, today), "tier_choices": Tier.choices}
        status = 422 if form.errors else 200
        return instrument_page(request, instrument, "instrument_prices.html", status=status, **shown)
    set_hourly_rates(viewer=viewer_of_request(request), instrument=instrument, **form.command)
    messages.success(request, _("The prices are saved."))
    return redirect("desk-instrument-prices", instrument.pk)


def _claimed(
    request: HttpRequest, instrument: Instrument, form: PlacesForm, refused: CapacityClaimed
) -> HttpResponse:
    """The bookings on the places that would go, with where to move or cancel them."""
    form.add_error("capacity", str(refused.detail))
    seen = reservations_visible_to(viewer_of_request(request))
    claimed = seen.filter(pk__in=refused.extra["reservations"]).order_by("during")
    return rules_page(request, instrument, places_form=form, claimed=claimed, status=refused.status)


def rules_page(request: HttpRequest, instrument: Instrument, *, status: int = 200, **context: Any) -> HttpResponse:
    """The page of places and rules. context: forms that were sent, and what there is to say about them."""
    head = access_calendar(viewer_of_request(request), instrument.pk)
    shown = {
        "form": context.get("form") or RulesForm(policy=policy_at(instrument)),
        "places_form": context.get("places_form") or PlacesForm(head=head),
        "period_form": context.get("period_form") or PeriodForm(),
        "claimed": context.get("claimed", ()),
        "replayed": context.get("replayed"),
    }
    return instrument_page(request, instrument, "instrument_rules.html", status=status, **shown)
