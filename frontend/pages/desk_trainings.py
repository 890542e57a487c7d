"""Trainings at the desk: those coming and just over, planning one, completing one."""

from datetime import timedelta
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Institution
from accounts.selectors import staffed_institutions, viewer_of_request
from accounts.viewers import Viewer
from booking.reservations.commands.complete_training import complete_training
from booking.reservations.commands.hold_training import hold_training
from booking.reservations.errors import RuleViolations, SlotTaken
from booking.reservations.rules.window_valid import asked_window
from core import clock
from core.errors import CalendarBusy, DomainError, NotFound
from frontend.forms.desk_list import DayForm
from frontend.forms.desk_trainings import AttendedForm, TrainingForm
from instruments.catalogue.selectors import access_instrument
from instruments.qualifications.commands.join_training import join_training
from instruments.qualifications.errors import QualificationInvalid, TrainingAhead, TrainingOver
from instruments.qualifications.models import TrainingSession
from instruments.qualifications.selectors import access_training, trainings_at

MOST_ROWS: Final = 100
JUST_OVER: Final = timedelta(days=30)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def trainings(request: HttpRequest) -> HttpResponse:
    """What is coming and just over at an institution, and a form to plan more."""
    institutions = list(staffed_institutions(viewer_of_request(request)))
    if not institutions:
        return render(request, "desk/nowhere.html")
    institution = DayForm(request.GET, institutions=institutions).chosen(institutions)
    form = TrainingForm(request.POST or None, institution=institution)
    if form.is_valid() and _planned(request, form):
        return _back(institution)
    return _page(request, institutions, institution, form)


@require_POST
def complete(request: HttpRequest, training_id: int) -> HttpResponse:
    """Those who attended get what it grants."""
    viewer = viewer_of_request(request)
    session = _own_training(viewer, training_id)
    form = AttendedForm(request.POST, session=session)
    if not form.is_valid():
        messages.error(request, _("Somebody of these had no seat in the training."))
        return _back(session.instrument.institution)
    try:
        granted = complete_training(viewer=viewer, session=session, attended=form.cleaned_data["attended"])
    except (TrainingAhead, TrainingOver, QualificationInvalid) as refused:
        messages.error(request, str(refused.detail))
    else:
        words = ngettext(
            "Completed: %(n)d person is qualified.", "Completed: %(n)d people are qualified.", len(granted)
        )
        messages.success(request, words % {"n": len(granted)})
    return _back(session.instrument.institution)


def _own_training(viewer: Viewer, training_id: int) -> TrainingSession:
    """At the desk there are only those where one works. Raises: NotSignedIn, NotFound."""
    session = access_training(viewer, training_id)
    if not viewer.staffs(session.instrument.institution_id):
        raise NotFound
    return session


def _planned(request: HttpRequest, form: TrainingForm) -> bool:
    """Plan it and give everybody named a seat; a refusal's reasons go to the form."""
    viewer = viewer_of_request(request)
    instrument = access_instrument(viewer, form.cleaned_data["instrument"], "operate")
    try:
        window = asked_window(form.window.starts_at, form.window.ends_at, zone=instrument.institution.zone)
        made = hold_training(viewer=viewer, instrument=instrument, window=window, training=form.training)
    except (RuleViolations, SlotTaken, CalendarBusy, QualificationInvalid) as refused:
        for reason in _reasons(refused):
            form.add_error(None, reason)
        return False
    session = access_training(viewer, made.pk, "manage")
    for person in form.cleaned_data["people"]:
        join_training(viewer=viewer, session=session, person_id=person.pk)
    messages.success(request, _("Planned. Its time is booked."))
    return True


def _reasons(refused: DomainError) -> list[str]:
    violations = refused.extra.get("violations") or ()
    return [str(broken.message) for broken in violations] or [str(refused.detail)]


def _page(
    request: HttpRequest, institutions: list[Institution], institution: Institution, form: TrainingForm
) -> HttpResponse:
    now = clock.now()
    rows = list(trainings_at(viewer_of_request(request), institution.pk, since=now - JUST_OVER)[: MOST_ROWS + 1])
    context = {
        "institutions": institutions,
        "institution": institution,
        "zone": institution.zone,
        "asked": DayForm({"institution": institution.pk}, institutions=institutions),
        "form": form,
        "rows": rows[:MOST_ROWS],
        "has_more": len(rows) > MOST_ROWS,
        "now": now,
    }
    return render(request, "desk/trainings.html", context, status=422 if form.errors else 200)


def _back(institution: Institution) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('desk-trainings')}?institution={institution.pk}")
