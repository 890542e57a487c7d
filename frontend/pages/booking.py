"""Booking without a script: check, see the verdict, confirm."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from booking.intake.errors import AnswersInvalid
from booking.reservations.commands.book import book
from booking.reservations.errors import RuleViolations, SlotTaken
from booking.reservations.models import Reservation, Status
from booking.reservations.selectors.verdicts import verdict
from core.errors import CalendarBusy, DomainError
from frontend.forms.booking import BookingForm
from frontend.pages.instrument import sheet_of
from frontend.presenters.booking_sheet import lines_of
from frontend.presenters.instrument_sheet import InstrumentSheet
from frontend.presenters.own_booking import same_booking
from frontend.presenters.waiting import can_be_waited_for

REFUSALS = (RuleViolations, SlotTaken, CalendarBusy)


@require_http_methods(["GET", "HEAD", "POST"])
def book_instrument(request: HttpRequest, slug: str) -> HttpResponse:
    """POST shows price and broken rules; with `confirm` it books what was shown; `for_firm` asks for a firm."""
    sheet = sheet_of(request, slug)
    form = sheet.booking_form(request.POST, files=request.FILES)
    if "for_firm" in request.POST and sheet.books_for_firms:
        form = sheet.booking_form(initial=request.POST.dict())
        return render(request, "instruments/book.html", {"sheet": sheet, "form": form, "for_firm": True})
    if request.method != "POST":
        return redirect("instrument", slug)
    if sheet.viewer.is_anonymous:
        return redirect_to_login(_address_with_choice(sheet, form))
    if not form.is_valid() and not form.has_verdict:
        return render(request, "instruments/book.html", {"sheet": sheet, "form": form}, status=422)
    return _confirm(request, sheet, form) if form.is_confirmed else _verdict(request, sheet, form)


def _confirm(request: HttpRequest, sheet: InstrumentSheet, form: BookingForm) -> HttpResponse:
    try:
        made = book(viewer=sheet.viewer, instrument=sheet.instrument, window=form.window, wanted=form.wanted)
    except AnswersInvalid as refused:
        form.refuse(refused)
        return _verdict(request, sheet, form)
    except REFUSALS as refused:
        # Somebody who presses the button twice has one booking, not an error.
        mine = same_booking(sheet.viewer, sheet.instrument, form.window, form.wanted)
        return redirect("booking", mine) if mine else _verdict(request, sheet, form, refused)
    say_booked(request, made)
    return redirect("booking", made.pk)


def _verdict(
    request: HttpRequest, sheet: InstrumentSheet, form: BookingForm, refused: DomainError | None = None
) -> HttpResponse:
    wanted = form.wanted
    reached = verdict(
        viewer=sheet.viewer,
        instrument=sheet.instrument,
        window=form.window,
        places=wanted.places,
        account_id=wanted.account_id,
        declares=wanted.declares if form.sample or not form.intake.must_declare else None,
        on_behalf=wanted.on_behalf,
        mode=wanted.mode,
    )
    form.shows_samples |= any(broken.code == "sample_declared" for broken in reached.violations)
    lines = lines_of(reached.quote)
    context = {"sheet": sheet, "form": form, "verdict": reached, "lines": lines, "refused": refused}
    context["can_wait"] = can_be_waited_for(reached) and not wanted.on_behalf
    status = refused.status if refused else 422 if form.errors else 200
    return render(request, "instruments/book.html", context, status=status)


def say_booked(request: HttpRequest, made: Reservation) -> None:
    """The success message, with the way back."""
    if made.status == Status.REQUESTED:
        text = _('Requested; the time is kept for you. By mistake? <a href="{undo}">Take it back</a>.')
    else:
        text = _('Booked. By mistake? <a href="{undo}">Cancel it free of charge</a>.')
    messages.success(request, format_html(text, undo=reverse("booking-cancel", args=[made.pk])))


def _address_with_choice(sheet: InstrumentSheet, form: BookingForm) -> str:
    """The instrument's page with what was chosen, so that signing in loses nothing."""
    form.is_valid()
    given = {name: form.data.get(name, "") for name in ("start_date", "start_time", "end_date", "end_time")}
    sheet.given = sheet.given.copy()
    for end in ("start", "end"):
        sheet.given[end] = f"{given[f'{end}_date']}T{given[f'{end}_time'][:5]}"
    return sheet.address
