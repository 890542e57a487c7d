"""Bookings that lost their ground: outside new hours, on a suspended instrument, on places that go."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.selectors import staffed_institutions, viewer_of_request
from booking.reservations.commands.replan_bookings import replan_bookings
from booking.reservations.errors import PlanRefused
from booking.reservations.selectors.closures import waiting_at, waiting_occurrences
from booking.reservations.selectors.displaced import displaced_at, displaced_ways
from core.windows import zone
from frontend.forms.desk_list import DayForm
from frontend.forms.desk_replanning import ReasonForm, SentPlan, sent_plan
from frontend.pages.desk_parts import instrument_page
from frontend.presenters.replanning import rows_of
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument


@require_GET
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """Everything at an institution that needs re-planning."""
    institutions = list(staffed_institutions(viewer_of_request(request)))
    if not institutions:
        return render(request, "desk/nowhere.html")
    institution = DayForm(request.GET, institutions=institutions).chosen(institutions)
    context = {
        "institution": institution,
        "institutions": institutions,
        "zone": institution.zone,
        "form": DayForm({"institution": institution.pk}, institutions=institutions),
        "displaced": displaced_at(institution.pk),
        "waiting": waiting_at(institution.pk)[:200],
    }
    return render(request, "desk/replanning.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def replanning(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """The bookings of one instrument with their ways out; those that are decided are carried out in one step."""
    instrument = access_instrument(viewer_of_request(request), instrument_id, "operate")
    form = ReasonForm(request.POST or None)
    sent = sent_plan(request.POST, zone(instrument.institution.zone))
    if not form.is_valid() or sent.problems or not sent.steps:
        return _page(request, instrument, form, sent, status=422 if request.method == "POST" else 200)
    try:
        count = replan_bookings(
            viewer=viewer_of_request(request),
            instrument=instrument,
            plan=sent.steps,
            reason=form.cleaned_data["reason"],
            places=_places(request),
        )
    except PlanRefused as refused:
        return _page(
            request, instrument, form, sent, refused.extra.get("refused", ()), status=409, refused=refused.detail
        )
    words = ngettext("%(n)d booking is settled as you said.", "%(n)d bookings are settled as you said.", count)
    messages.success(request, words % {"n": count})
    return redirect(request.get_full_path())


def _page(
    request: HttpRequest,
    instrument: Instrument,
    form: ReasonForm,
    sent: SentPlan,
    said: Sequence[Mapping[str, Any]] = (),
    **context: Any,
) -> HttpResponse:
    ways = displaced_ways(viewer_of_request(request), instrument, places=_places(request))
    rows = rows_of(ways, sent, said, may_wait=True)
    waiting = waiting_occurrences(instrument) if not rows else ()
    shown = {"form": form, "rows": rows, "places": _places(request), "waiting": waiting, **context}
    return instrument_page(request, instrument, "instrument_replanning.html", **shown)


def _places(request: HttpRequest) -> int | None:
    """How many places are to be left, from the address."""
    number = request.GET.get("places", "")
    return int(number) if number.isascii() and number.isdigit() and 0 < int(number[:4]) <= 200 else None
