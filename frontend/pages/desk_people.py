"""People at the desk: their qualifications, their appeals, what they sign."""

from typing import Any, Final

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Institution
from accounts.selectors import managed_institutions, staffed_institutions, viewer_of_request
from booking.conduct.commands.decide_appeal import decide_appeal
from booking.conduct.commands.publish_agreement import publish_agreement
from booking.conduct.errors import AgreementInvalid, AppealDecidedBefore, OwnAppeal
from booking.conduct.selectors import access_appeal, agreements_of, appeals_to
from frontend.forms.conduct import AgreementForm, DecisionForm, GrantForm, PeopleFilter, RevokeForm
from instruments.qualifications.commands.grant_qualification import grant_qualification
from instruments.qualifications.commands.revoke_qualification import revoke_qualification
from instruments.qualifications.errors import PersonUnknown, QualificationInvalid, QualificationRevokedBefore
from instruments.qualifications.models import Level
from instruments.qualifications.selectors import (
    access_qualification,
    access_subject,
    person_by_email,
    qualifications_at,
)

MOST_ROWS: Final = 100


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def qualifications(request: HttpRequest) -> HttpResponse:
    """Who may do what at an institution, and a form to grant more."""
    institutions = list(staffed_institutions(viewer_of_request(request)))
    if not institutions:
        return render(request, "desk/nowhere.html")
    asked = PeopleFilter(request.GET, institutions=institutions)
    institution = asked.chosen(institutions)
    form = GrantForm(request.POST or None, institution=institution)
    if form.is_valid() and _granted(request, form):
        return _back(institution)
    context = {"institutions": institutions, "asked": asked, "form": form, **_people(request, institution, asked)}
    return render(request, "desk/qualifications.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, qualification_id: int) -> HttpResponse:
    """It does not hold any more."""
    viewer = viewer_of_request(request)
    held = access_qualification(viewer, qualification_id, "manage")
    form = RevokeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a reason: the person reads it."))
        return _back(held.institution)
    try:
        revoke_qualification(viewer=viewer, qualification=held, reason=form.cleaned_data["reason"])
    except QualificationRevokedBefore as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("The qualification is revoked."))
    return _back(held.institution)


@require_safe
@never_cache
def appeals(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, and below it what was decided lately."""
    viewer = viewer_of_request(request)
    waiting = appeals_to(viewer, is_open=True).order_by("pk")[:MOST_ROWS]
    decided = appeals_to(viewer, is_open=False)[:20]
    return render(request, "desk/appeals.html", {"waiting": waiting, "decided": decided})


@require_POST
def decide(request: HttpRequest, appeal_id: int) -> HttpResponse:
    """Granted or rejected, with an answer."""
    viewer = viewer_of_request(request)
    appeal = access_appeal(viewer, appeal_id, "decide")
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give an answer: the person reads it."))
        return redirect("desk-appeals")
    try:
        answer = form.cleaned_data["answer"]
        decide_appeal(viewer=viewer, appeal=appeal, is_granted=form.is_granted, answer=answer)
    except (AppealDecidedBefore, OwnAppeal) as refused:
        messages.error(request, str(refused.detail))
    else:
        messages.success(request, _("Decided. The person can read your answer."))
    return redirect("desk-appeals")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def agreement(request: HttpRequest) -> HttpResponse:
    """What people sign before they book at an institution, and a form for a new text."""
    viewer = viewer_of_request(request)
    institutions = list(managed_institutions(viewer))
    if not institutions:
        return render(request, "desk/nowhere.html")
    asked = PeopleFilter(request.GET, institutions=institutions)
    institution = asked.chosen(institutions)
    present = agreements_of(viewer, institution.pk).filter(instrument__isnull=True).first()
    initial = {"text_zh": present.text_zh, "text_en": present.text_en} if present else None
    form = AgreementForm(request.POST or None, initial=initial)
    if form.is_valid() and _published(request, form, institution):
        return redirect(f"{reverse('desk-agreement')}?institution={institution.pk}")
    context = {"institutions": institutions, "institution": institution, "asked": asked, "present": present}
    return render(request, "desk/agreement.html", {**context, "form": form}, status=422 if form.errors else 200)


def _published(request: HttpRequest, form: AgreementForm, institution: Institution) -> bool:
    viewer = viewer_of_request(request)
    try:
        publish_agreement(viewer=viewer, institution_id=institution.pk, **form.cleaned_data)
    except AgreementInvalid as refused:
        form.add_error(None, str(refused.detail))
        return False
    messages.success(request, _("Published. Everybody has to sign this text before their next booking."))
    return True


def _granted(request: HttpRequest, form: GrantForm) -> bool:
    viewer, given = viewer_of_request(request), form.cleaned_data
    try:
        person = person_by_email(given["email"])
        grant_qualification(
            viewer=viewer,
            person_id=person.pk,
            subject=access_subject(viewer, **form.named),
            level=Level(given["level"]),
            expires_on=given["expires_on"],
        )
    except PersonUnknown as refused:
        form.add_error("email", str(refused.detail))
        return False
    except QualificationInvalid as refused:
        form.add_error("expires_on", str(refused.detail))
        return False
    messages.success(request, _("Granted to %(name)s.") % {"name": person})
    return True


def _people(request: HttpRequest, institution: Institution, asked: PeopleFilter) -> dict[str, Any]:
    found = qualifications_at(viewer_of_request(request), institution.pk).filter(revoked_at__isnull=True)
    if asked.words:
        found = found.filter(Q(person__name__icontains=asked.words) | Q(person__email__icontains=asked.words))
    rows = list(found[: MOST_ROWS + 1])
    return {"institution": institution, "rows": rows[:MOST_ROWS], "has_more": len(rows) > MOST_ROWS}


def _back(institution: Institution) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('desk-qualifications')}?institution={institution.pk}")
