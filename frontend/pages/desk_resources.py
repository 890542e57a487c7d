"""Shared resources and operators of an institution: the list, each one's absences, what instruments need."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Institution, User
from accounts.selectors import staffed_institutions, viewer_of_request
from accounts.viewers import Viewer
from booking.calendars.commands.add_resource import InvalidResource, add_resource
from booking.calendars.commands.rename_resource import rename_resource
from booking.calendars.commands.retire_resource import retire_resource
from booking.calendars.commands.set_needs import InvalidNeeds, set_needs
from booking.calendars.errors import OperatorListed, ResourceNeeded, SlotTaken
from booking.calendars.models import Absence, Resource, ResourceKind
from booking.calendars.selectors import access_absence, access_resource, needs_of, shared_resources
from booking.intake.questions import modes_of
from booking.reservations.commands.add_absence import add_absence
from booking.reservations.commands.remove_absence import remove_absence
from booking.reservations.selectors.shared import bookings_with
from core import clock
from core.windows import zone
from frontend.forms.desk_list import DayForm
from frontend.forms.desk_resources import AbsenceForm, NameForm, NeedsForm, ResourceForm
from frontend.pages.desk_parts import instrument_page, managed
from instruments.catalogue.models import Instrument

MOST_ROWS: Final = 100


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def resources(request: HttpRequest) -> HttpResponse:
    """What instruments of an institution share and who operates them, and a form for more."""
    viewer = viewer_of_request(request)
    institutions = list(staffed_institutions(viewer))
    if not institutions:
        return render(request, "desk/nowhere.html")
    asked = DayForm(request.GET, institutions=institutions)
    institution = asked.chosen(institutions)
    form = ResourceForm(request.POST or None)
    if form.is_valid() and (made := _added(request, form, institution)):
        return redirect("desk-resource", made.pk)
    context = {
        "institutions": institutions,
        "institution": institution,
        "asked": DayForm({"institution": institution.pk}, institutions=institutions),
        "form": form,
        "manages": viewer.manages(institution.pk),
        "rows": _rows(viewer, institution),
    }
    return render(request, "desk/resources.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def resource(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Its absences and what it is booked for; an absence over bookings lists those in the way."""
    viewer = viewer_of_request(request)
    found = access_resource(viewer, resource_id)
    form = AbsenceForm(request.POST or None, zone=zone(found.institution.zone))
    if not form.is_valid():
        return _resource_page(request, found, form, status=422 if form.errors else 200)
    try:
        add_absence(viewer=viewer, resource=found, window=form.window, reason=form.cleaned_data["reason"])
    except SlotTaken:
        affected = bookings_with(found, form.window)[:MOST_ROWS]
        return _resource_page(request, found, form, status=409, affected=affected, is_refused=True)
    messages.success(request, _("Entered. Instruments that need it can't be booked then."))
    return redirect("desk-resource", found.pk)


@require_POST
def rename(request: HttpRequest, resource_id: int) -> HttpResponse:
    """Another name."""
    viewer = viewer_of_request(request)
    found, form = access_resource(viewer, resource_id), NameForm(request.POST)
    if form.is_valid():
        rename_resource(viewer=viewer, resource=found, name=form.cleaned_data["name"])
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Give a name."))
    return redirect("desk-resource", found.pk)


@require_POST
def retire(request: HttpRequest, resource_id: int) -> HttpResponse:
    """It is no longer there; not while instruments need it."""
    viewer = viewer_of_request(request)
    found = access_resource(viewer, resource_id)
    try:
        retire_resource(viewer=viewer, resource=found)
    except ResourceNeeded as refused:
        messages.error(request, str(refused.detail))
        return redirect("desk-resource", found.pk)
    messages.success(request, _("Retired."))
    return HttpResponseRedirect(f"{reverse('desk-resources')}?institution={found.institution_id}")


@require_POST
def remove(request: HttpRequest, absence_id: int) -> HttpResponse:
    """It can be had after all."""
    viewer = viewer_of_request(request)
    absence = access_absence(viewer, absence_id)
    remove_absence(viewer=viewer, absence=absence)
    messages.success(request, _("The time is free again."))
    return redirect("desk-resource", absence.resource_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def needs(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """What each booking of an instrument takes besides its place."""
    instrument = managed(request, instrument_id)
    form = _needs_form(request, instrument)
    if form.is_bound and form.is_valid():
        try:
            set_needs(
                viewer=viewer_of_request(request), instrument=instrument, slots=form.slots, modes=form.slot_modes
            )
        except InvalidNeeds as refused:
            form.add_error(None, str(refused.detail))
        else:
            messages.success(request, _("Saved. It holds for new bookings; those made keep what they took."))
            return redirect("desk-instrument-needs", instrument.pk)
    return instrument_page(
        request, instrument, "instrument_needs.html", form=form, status=422 if form.errors else 200
    )


def _needs_form(request: HttpRequest, instrument: Instrument) -> NeedsForm:
    known = shared_resources(viewer_of_request(request)).filter(institution=instrument.institution_id)
    return NeedsForm(
        request.POST if request.method == "POST" else None,
        resources=list(known),
        needs=needs_of(instrument),
        modes=modes_of(instrument.access_modes),
    )


def _added(request: HttpRequest, form: ResourceForm, institution: Institution) -> Resource | None:
    given = form.cleaned_data
    user = User.objects.filter(email=given["email"].lower()).first() if given["email"] else None
    if given["email"] and user is None:
        form.add_error("email", _("Nobody has an account with this address."))
        return None
    kind = ResourceKind(given["kind"])
    try:
        made = add_resource(
            viewer=viewer_of_request(request),
            institution=institution,
            kind=kind,
            name=given["name"],
            capacity=given["capacity"],
            user=user,
        )
    except (InvalidResource, OperatorListed) as refused:
        form.add_error("email" if isinstance(refused, OperatorListed) else None, str(refused.detail))
        return None
    messages.success(request, _("Listed. Say on an instrument's page that it needs this."))
    return made


def _resource_page(
    request: HttpRequest, found: Resource, form: AbsenceForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    absences = Absence.objects.filter(resource=found, during__endswith__gt=clock.now()).order_by("during", "pk")
    shown = {
        "resource": found,
        "zone": found.institution.zone,
        "form": form,
        "manages": viewer_of_request(request).manages(found.institution_id),
        "absences": absences[:MOST_ROWS],
        "needing": Instrument.objects.filter(needs__resource=found).distinct().order_by("pk"),
    }
    return render(request, "desk/resource.html", {**shown, **context}, status=status)


def _rows(viewer: Viewer, institution: Institution) -> list[tuple[Resource, list[Instrument]]]:
    """Each with the instruments that need it. Three queries."""
    found = shared_resources(viewer).filter(institution=institution).prefetch_related("needed_by__instrument")
    return [
        (each, [need.instrument for need in each.needed_by.all()]) for each in found.order_by("kind", "name", "pk")
    ]
