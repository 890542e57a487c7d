"""What was filled in for a booking: changing it, and the files among the answers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.selectors import viewer_of_request
from booking.intake.commands.keep_file import media_type
from booking.intake.errors import AnswersInvalid
from booking.reservations.commands.edit_reservation import edit_reservation
from booking.reservations.commands.filling import FilledChange
from booking.reservations.errors import ReservationEnded, ReservationRunning, RuleViolations, SlotTaken
from booking.reservations.selectors.access import access_reservation
from booking.reservations.selectors.filled import access_file
from core.errors import Stale
from frontend.forms.filled import EditForm, initial_of
from frontend.pages.bookings import meanwhile
from frontend.presenters.booking_sheet import BookingSheet


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def edit(request: HttpRequest, reservation_id: int) -> HttpResponse:
    """Purpose, answers, samples, participants, note; the time stays."""
    viewer = viewer_of_request(request)
    sheet = BookingSheet(viewer, access_reservation(viewer, reservation_id, "change"))
    form = _form(request, sheet)
    if not sheet.can_edit or not form.is_valid():
        return _page(request, sheet, form)
    try:
        _save(sheet, form)
    except AnswersInvalid as refused:
        form.refuse(refused)
        return _page(request, sheet, form)
    except (SlotTaken, RuleViolations) as refused:  # only another way of use is judged here
        broken = [each.message for each in refused.extra.get("violations", ())]
        form.add_error("access_mode", broken or str(refused.detail or refused.title))
        return _page(request, sheet, form)
    except (Stale, ReservationEnded, ReservationRunning):
        return meanwhile(request, sheet.reservation)
    messages.success(request, _("Saved."))
    return redirect("booking", reservation_id)


@require_safe
@never_cache
@login_required
def download(request: HttpRequest, reservation_id: int, file_id: int) -> FileResponse:
    """A file that answers the form; 404 for everybody whom it does not concern."""
    file = access_file(viewer_of_request(request), reservation_id, file_id)
    content_type = media_type(file.name)
    return FileResponse(file.file.open("rb"), as_attachment=True, filename=file.name, content_type=content_type)


def _form(request: HttpRequest, sheet: BookingSheet) -> EditForm:
    saved = sheet.reservation
    initial = {
        **initial_of(saved.answers, saved.participants, saved.sample_declaration),
        **{name: getattr(saved, name) for name in ("version", "purpose", "note")},
        "access_mode": sheet.mode,
    }
    form = EditForm(request.POST or None, request.FILES or None, initial=initial, intake=sheet.intake())
    form.shows_samples |= saved.sample_declaration is not None
    return form


def _save(sheet: BookingSheet, form: EditForm) -> None:
    given = form.cleaned_data
    edit_reservation(
        viewer=sheet.viewer,
        reservation=sheet.reservation,
        purpose=given["purpose"],
        note=given["note"],
        filled=FilledChange(form.mode, form.answers, form.people, form.sample),
        expected_version=given["version"],
    )


def _page(request: HttpRequest, sheet: BookingSheet, form: EditForm) -> HttpResponse:
    context = {"sheet": sheet, "form": form}
    return render(request, "bookings/edit.html", context, status=422 if form.errors else 200)
