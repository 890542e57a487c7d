"""Publishing an instrument and taking it out of service."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.selectors import viewer_of_request
from core.errors import Conflict, Stale
from frontend.forms.desk_status import PublishForm, SuspendForm
from frontend.pages.desk_instruments import details_page
from frontend.pages.desk_parts import managed
from frontend.pages.posting import posted_from
from instruments.catalogue.commands.publish_instrument import publish_instrument
from instruments.catalogue.commands.suspend_instrument import suspend_instrument


@require_POST
def publish(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """From now on everybody sees it."""
    instrument = managed(request, instrument_id)
    form = PublishForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else None
    viewer = viewer_of_request(request)
    try:
        publish_instrument(viewer=viewer, instrument_id=instrument.pk, expected_version=version)
    except (Conflict, Stale) as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("The instrument is published. Everybody can find and book it."))
    return redirect("desk-instrument-edit", instrument.pk)


@posted_from("desk-instrument-edit", "instrument_id")
def suspend(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """Nobody can book it until it is published again; its bookings stay."""
    instrument = managed(request, instrument_id)
    form = SuspendForm(request.POST, prefix="suspend")
    if not form.is_valid():
        return details_page(request, instrument, suspend_form=form, status=422)
    try:
        suspend_instrument(viewer=viewer_of_request(request), instrument_id=instrument.pk, **form.command)
    except (Conflict, Stale) as refused:
        form.add_error(None, str(refused.detail))
        return details_page(request, instrument, suspend_form=form, status=refused.status)
    messages.success(request, _("The instrument is suspended. Its bookings stay; tell the people concerned."))
    return redirect("desk-instrument-edit", instrument.pk)
