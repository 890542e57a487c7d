"""What an instrument asks whoever books it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.selectors import viewer_of_request
from booking.intake.commands.set_booking_form import set_booking_form
from booking.intake.models import BookingForm
from booking.intake.questions import modes_of
from booking.intake.selectors import form_in_force, questions_in
from core.errors import Stale
from frontend.forms.desk_form import QuestionsForm
from frontend.forms.filled import FilledForm, Intake
from frontend.pages.desk_parts import instrument_page, managed
from instruments.catalogue.models import Instrument


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def questions(request: HttpRequest, instrument_id: int) -> HttpResponse:
    """The questions as rows with a preview; saving makes the next version."""
    instrument = managed(request, instrument_id)
    stored = form_in_force(instrument.pk)
    form = _form(request, instrument, stored)
    is_saving = "save" in request.POST
    if not form.is_valid() or not is_saving:
        return _page(request, instrument, form, status=422 if form.problem and is_saving else 200)
    try:
        _save(request, instrument, form)
    except Stale:
        form.problem = _(
            "Somebody else changed the questions meanwhile. Yours are all still here; save again to keep them."
        )
        return _page(request, instrument, form, status=412)
    messages.success(
        request, _("Saved. Bookings made from now on answer these questions; earlier ones keep what they answered.")
    )
    return redirect("desk-instrument-form", instrument.pk)


def _form(request: HttpRequest, instrument: Instrument, stored: BookingForm | None) -> QuestionsForm:
    return QuestionsForm(
        request.POST if request.method == "POST" else None,
        questions=questions_in(stored),
        modes=modes_of(instrument.access_modes),
        version=stored.version if stored else 0,
    )


def _save(request: HttpRequest, instrument: Instrument, form: QuestionsForm) -> None:
    set_booking_form(
        viewer=viewer_of_request(request),
        instrument=instrument,
        questions=form.questions,
        expected_version=form.seen_version,
    )


def _page(request: HttpRequest, instrument: Instrument, form: QuestionsForm, *, status: int) -> HttpResponse:
    intake = Intake(viewer_of_request(request), instrument, form.questions, tuple(form.modes))
    shown = {"form": form, "preview": FilledForm(intake=intake, prefix="preview")}
    return instrument_page(request, instrument, "instrument_form.html", status=status, **shown)
