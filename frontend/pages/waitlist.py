"""Waiting for time that is taken, and answering what is offered. Works without a script."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.selectors import viewer_of_request
from booking.intake.errors import AnswersInvalid
from booking.reservations.commands.accept_offer import accept_offer
from booking.reservations.commands.decline_offer import decline_offer
from booking.reservations.commands.join_waitlist import join_waitlist
from booking.reservations.commands.leave_waitlist import leave_waitlist
from booking.reservations.models import WaitlistEntry
from booking.reservations.selectors.waitlist import access_entry
from core.errors import DomainError, Forbidden, NotFound, NotSignedIn
from frontend.forms.booking import WaitForm
from frontend.forms.filled import AcceptForm
from frontend.pages.booking import say_booked
from frontend.pages.instrument import sheet_of
from frontend.presenters.instrument_sheet import InstrumentSheet
from frontend.presenters.waiting import Waiting

_ELSEWHERE = (NotSignedIn, NotFound, Forbidden)
"""These have their own pages."""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def wait(request: HttpRequest, slug: str) -> HttpResponse:
    """From when to when, and how long within; the whole time where no length is given."""
    sheet = sheet_of(request, slug)
    if request.method != "POST":
        return _page(request, sheet, sheet.wait_form())
    form = sheet.wait_form(request.POST)
    if not form.is_valid():
        return _page(request, sheet, form, status=422)
    try:
        join_waitlist(viewer=sheet.viewer, instrument=sheet.instrument, wish=form.wish)
    except _ELSEWHERE:
        raise
    except DomainError as refused:
        return _page(request, sheet, form, status=refused.status, refused=refused)
    messages.success(request, _("You are on the waiting list. When the time frees, it is kept for you here."))
    return redirect("bookings")


@require_POST
@login_required
def accept(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Book what is offered; where the instrument asks something, on a form of its own first."""
    entry = access_entry(viewer_of_request(request), entry_id, "answer")
    sheet = sheet_of(request, entry.instrument.slug)
    form = AcceptForm(request.POST, request.FILES, intake=sheet.intake)
    if sheet.asks and not form.is_judged and Waiting(entry).offer:
        return _accept_page(
            request, entry, AcceptForm(intake=sheet.intake, initial={"access_mode": entry.access_mode})
        )
    if not form.is_valid():
        return _accept_page(request, entry, form)
    return _accepted(request, entry, form)


def _accepted(request: HttpRequest, entry: WaitlistEntry, form: AcceptForm) -> HttpResponse:
    given = form.cleaned_data
    said = {"purpose": given["purpose"], "note": given["note"], "filled": form.filled}
    try:
        made = accept_offer(viewer=viewer_of_request(request), entry=entry, **said)
    except _ELSEWHERE:
        raise
    except AnswersInvalid as refused:
        form.refuse(refused)
        return _accept_page(request, entry, form)
    except DomainError as refused:
        messages.error(request, str(refused.detail))
        return redirect("bookings")
    say_booked(request, made)
    return redirect("booking", made.pk)


def _accept_page(request: HttpRequest, entry: WaitlistEntry, form: AcceptForm) -> HttpResponse:
    context = {"each": Waiting(entry), "form": form}
    return render(request, "bookings/accept.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def decline(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Give back what is offered."""
    return _answered(request, entry_id, decline_offer, _("Given back: the time goes to the next person."))


@require_POST
@login_required
def leave(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Wait no longer."""
    return _answered(request, entry_id, leave_waitlist, _("You don't wait for this any more."))


def _answered(request: HttpRequest, entry_id: int, command: Callable[..., Any], done: str) -> HttpResponse:
    viewer = viewer_of_request(request)
    try:
        command(viewer=viewer, entry=access_entry(viewer, entry_id, "answer"))
    except _ELSEWHERE:
        raise
    except DomainError as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, done)
    return redirect("bookings")


def _page(
    request: HttpRequest,
    sheet: InstrumentSheet,
    form: WaitForm,
    *,
    status: int = 200,
    refused: DomainError | None = None,
) -> HttpResponse:
    extra = refused.extra if refused else {}
    context = {
        "sheet": sheet,
        "form": form,
        "refused": refused,
        "violations": extra.get("violations", ()),
        "alternatives": extra.get("alternatives", ()),
    }
    return render(request, "instruments/wait.html", context, status=status)
