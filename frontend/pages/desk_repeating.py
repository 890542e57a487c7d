"""Closures that come again: enter one, end it, leave one occurrence out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.selectors import viewer_of_request
from booking.reservations.commands.repeat_closure import repeat_closure, repeat_plan
from booking.reservations.commands.skip_occurrence import skip_occurrence
from booking.reservations.commands.withdraw_repeating_closure import withdraw_repeating_closure
from booking.reservations.selectors.closures import (
    access_occurrence,
    access_repeating_closure,
    waiting_occurrences,
)
from core.errors import NotFound
from frontend.forms.desk_upkeep import RepeatForm
from frontend.pages.desk_closures import closures_page
from frontend.pages.posting import posted_from
from frontend.presenters.coming_times import ComingTimes
from instruments.catalogue.selectors import access_instrument


@posted_from("desk-instrument-closures", "instrument_id")
def create(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """When it comes and what lies in its way; with `confirm` it is entered, but for what is over bookings."""
    viewer = viewer_of_request(request)
    instrument = access_instrument(viewer, instrument_id, "operate")
    form = RepeatForm(request.POST)
    if not form.is_valid():
        return closures_page(request, instrument, None, repeat_form=form, status=422)
    if "confirm" not in request.POST:
        plan = repeat_plan(viewer=viewer, instrument=instrument, rhythm=form.command["rhythm"])
        shown = ComingTimes(plan) if "back" not in request.POST else None
        return closures_page(request, instrument, None, repeat_form=form, coming=shown)
    repeat_closure(viewer=viewer, instrument=instrument, **form.command)
    messages.success(request, _("The closure is entered as often as it comes within the time that can be booked."))
    if waiting := waiting_occurrences(instrument).count():
        words = ngettext(
            "%(n)d time needs re-planning: bookings lie in its way.",
            "%(n)d times need re-planning: bookings lie in their way.",
            waiting,
        )
        messages.warning(request, words % {"n": waiting})
    return redirect("desk-instrument-closures", instrument.pk)


@require_POST
def withdraw(request: HttpRequest, instrument_id: int, repeating_id: int) -> HttpResponse:
    """It comes no more."""
    viewer = viewer_of_request(request)
    repeating = access_repeating_closure(viewer, repeating_id)
    if repeating.instrument_id != instrument_id:
        raise NotFound
    withdraw_repeating_closure(viewer=viewer, repeating=repeating)
    messages.success(request, _("It no longer comes; the time to come can be booked again."))
    return redirect("desk-instrument-closures", instrument_id)


@require_POST
def skip(request: HttpRequest, instrument_id: int, occurrence_id: int) -> HttpResponse:
    """One that waits is left out."""
    viewer = viewer_of_request(request)
    occurrence = access_occurrence(viewer, occurrence_id)
    if occurrence.repeating.instrument_id != instrument_id:
        raise NotFound
    skip_occurrence(viewer=viewer, occurrence=occurrence)
    messages.success(request, _("This time is left out; the bookings stay."))
    return redirect("desk-instrument-closures", instrument_id)
