"""Faults and maintenance plans of one instrument."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.selectors import viewer_of_request
from core.errors import Conflict, DomainError, NotFound
from frontend.forms.desk_upkeep import FaultForm, PlanForm
from frontend.pages.desk_parts import instrument_page
from frontend.pages.posting import posted_from
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import access_instrument
from instruments.upkeep.commands.plan_maintenance import plan_maintenance
from instruments.upkeep.commands.report_fault import report_fault
from instruments.upkeep.commands.resolve_fault import resolve_fault
from instruments.upkeep.commands.withdraw_plan import withdraw_plan
from instruments.upkeep.selectors import access_fault, access_plan, open_faults, plans_of


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def upkeep(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """What is broken and what is planned; POST reports a fault."""
    viewer = viewer_of_request(request)
    instrument = access_instrument(viewer, instrument_id, "operate")
    form = FaultForm(request.POST or None)
    if not form.is_valid():
        return _page(request, instrument, form=form, status=422 if form.errors else 200)
    try:
        report_fault(viewer=viewer, instrument=instrument, **form.command)
    except DomainError as refused:
        form.add_error(None, str(refused.detail))
        return _page(request, instrument, form=form, status=refused.status)
    messages.success(request, _("The fault is noted. Where it is out of service, look at its bookings next."))
    return redirect("desk-instrument-upkeep", instrument.pk)


@require_POST
def resolve(request: HttpRequest, instrument_id: int, fault_id: int) -> HttpResponse:
    """It is mended."""
    viewer = viewer_of_request(request)
    fault = access_fault(viewer, fault_id, "operate")
    if fault.instrument_id != instrument_id:
        raise NotFound
    try:
        resolve_fault(viewer=viewer, fault=fault, resolution=request.POST.get("resolution", "")[:400])
    except Conflict as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("The fault is resolved."))
    return redirect("desk-instrument-upkeep", instrument_id)


@posted_from("desk-instrument-upkeep", "instrument_id")
def plan(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """Maintenance that comes again."""
    viewer = viewer_of_request(request)
    instrument = access_instrument(viewer, instrument_id, "operate")
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _page(request, instrument, plan_form=form, status=422)
    try:
        plan_maintenance(viewer=viewer, instrument=instrument, **form.command)
    except DomainError as refused:
        form.add_error(None, str(refused.detail))
        return _page(request, instrument, plan_form=form, status=refused.status)
    messages.success(request, _("The maintenance is planned; it is entered in the calendar in a moment."))
    return redirect("desk-instrument-upkeep", instrument.pk)


@require_POST
def withdraw(request: HttpRequest, instrument_id: int, plan_id: int) -> HttpResponse:
    """The maintenance comes no more."""
    viewer = viewer_of_request(request)
    found = access_plan(viewer, plan_id)
    if found.instrument_id != instrument_id:
        raise NotFound
    try:
        withdraw_plan(viewer=viewer, plan=found)
    except Conflict as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("The plan is withdrawn; its time can be booked again in a moment."))
    return redirect("desk-instrument-upkeep", instrument_id)


def _page(request: HttpRequest, instrument: Instrument, *, status: int = 200, **forms: Any) -> HttpResponse:
    shown = {
        "form": forms.get("form") or FaultForm(),
        "plan_form": forms.get("plan_form") or PlanForm(),
        "faults": open_faults(instrument.pk),
        "plans": plans_of(instrument.pk),
    }
    return instrument_page(request, instrument, "instrument_upkeep.html", status=status, **shown)
