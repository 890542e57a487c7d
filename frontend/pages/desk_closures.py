"""Closures and maintenance of one instrument."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.selectors import viewer_of_request
from booking.calendars.errors import SlotTaken
from booking.reservations.commands.close_instrument import close_instrument, closure_plan
from booking.reservations.commands.reopen_instrument import reopen_instrument
from booking.reservations.errors import PlanRefused, ReservationEnded, RuleViolations
from booking.reservations.models import Kind
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.closures import (
    coming_closures,
    repeating_closures,
    waiting_occurrences,
)
from booking.reservations.selectors.replanning import WaysOut
from core.errors import NotFound
from core.windows import zone
from frontend.forms.desk_closures import ClosureForm
from frontend.forms.desk_replanning import SentPlan, sent_plan
from frontend.forms.desk_upkeep import RepeatForm
from frontend.pages.desk_parts import instrument_page
from frontend.presenters.replanning import rows_of
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def closures(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """What is coming, and a form for more; bookings in the way are listed with their ways out before anything."""
    instrument = access_instrument(viewer_of_request(request), instrument_id, "operate")
    tz = zone(instrument.institution.zone)
    form = ClosureForm(request.POST or None, zone=tz, initial=_waiting(request, instrument))
    if not form.is_valid() or "back" in request.POST:
        return closures_page(request, instrument, form, status=422 if form.errors else 200)
    sent = sent_plan(request.POST, tz)
    if sent.problems:
        ways = closure_plan(viewer_of_request(request), instrument, form.window)
        return _planning(request, instrument, form, ways, sent, status=422)
    return _close(request, instrument, form, sent)


@require_POST
def remove(request: HttpRequest, instrument_id: int, closure_id: int) -> HttpResponse:
    """The time is open again at once."""
    viewer = viewer_of_request(request)
    closure = access_reservation(viewer, closure_id, "manage")
    if closure.instrument_id != instrument_id or closure.kind not in (Kind.CLOSURE, Kind.MAINTENANCE):
        raise NotFound
    try:
        reopen_instrument(viewer=viewer, closure=closure)
    except ReservationEnded as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("The closure is removed; the time can be booked again."))
    return redirect("desk-instrument-closures", instrument_id)


def closures_page(
    request: HttpRequest, instrument: Instrument, form: ClosureForm | None, *, status: int = 200, **context: Any
) -> HttpResponse:
    """The page with all its parts."""
    shown = {
        "form": form or ClosureForm(zone=zone(instrument.institution.zone)),
        "closures": coming_closures(instrument),
        "repeating": repeating_closures(instrument),
        "waiting": waiting_occurrences(instrument),
        "repeat_form": RepeatForm(),
        **context,
    }
    return instrument_page(request, instrument, "instrument_closures.html", status=status, **shown)


def _close(request: HttpRequest, instrument: Instrument, form: ClosureForm, sent: SentPlan) -> HttpResponse:
    viewer = viewer_of_request(request)
    try:
        close_instrument(viewer=viewer, instrument=instrument, plan=sent.steps, **form.command)
    except (PlanRefused, SlotTaken) as refused:
        ways, said = refused.extra["affected"], refused.extra.get("refused", ())
        if ways:
            words = str(refused.detail) if isinstance(refused, PlanRefused) else ""
            return _planning(request, instrument, form, ways, sent, said, refused=words, status=refused.status)
        form.add_error(None, str(refused.detail))
        return closures_page(request, instrument, form, status=refused.status)
    except RuleViolations as refused:
        form.add_error(None, str(refused.detail))
        return closures_page(request, instrument, form, status=refused.status)
    messages.success(request, _done(sent))
    return redirect("desk-instrument-closures", instrument.pk)


def _planning(
    request: HttpRequest,
    instrument: Instrument,
    form: ClosureForm,
    ways: Sequence[WaysOut],
    sent: SentPlan,
    said: Sequence[Mapping[str, Any]] = (),
    **context: Any,
) -> HttpResponse:
    """The second step: the bookings in the way, a proposal chosen for each."""
    rows = rows_of([(None, way) for way in ways], sent, said)
    return closures_page(request, instrument, form, rows=rows, kept_fields=list(form), **context)


def _done(sent: SentPlan) -> str:
    if not sent.steps:
        return _("The instrument is closed during this time.")
    return _("The instrument is closed during this time; the bookings are moved or cancelled as you said.")


def _waiting(request: HttpRequest, instrument: Instrument) -> dict[str, Any] | None:
    """The form for an occurrence of a repeating closure that waits."""
    number = request.GET.get("occurrence", "")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    found = waiting_occurrences(instrument).filter(pk=int(number)).first()
    if found is None:
        return None
    tz = zone(instrument.institution.zone)
    return {
        "start": found.original_start.astimezone(tz).replace(tzinfo=None),
        "end": found.ends_at.astimezone(tz).replace(tzinfo=None),
        "kind": found.repeating.kind,
        "reason": found.repeating.reason,
        "occurrence": found.pk,
    }
