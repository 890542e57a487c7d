"""One's own profile and API tokens."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.commands.issue_token import issue_token
from accounts.commands.revoke_token import revoke_token
from accounts.commands.update_profile import update_profile
from accounts.models import Scope, User
from accounts.selectors import own_tokens, viewer_of_request
from booking.conduct.selectors import credit_of, own_entries
from frontend.forms.accounts import ProfileForm, TokenForm, known_language
from frontend.languages import remember_language
from frontend.pages.posting import posted_from
from instruments.qualifications.selectors import own_qualifications

MOST_ENTRIES: Final = 50


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Name and language; below them the tokens."""
    form = ProfileForm(request.POST or None, initial=_present(request))
    if not form.is_valid():
        return _page(request, profile_form=form)
    language = form.cleaned_data["language"]
    update_profile(viewer=viewer_of_request(request), name=form.cleaned_data["name"], language=language)
    messages.success(request, _("Your profile is saved."))
    response = redirect("profile")
    remember_language(response, language)
    return response


@posted_from("profile")
@never_cache
@login_required
def create_token(request: HttpRequest) -> HttpResponse:
    """The answer itself shows the token: it is not stored, so no redirect could show it."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, token_form=form, status=422)
    given = form.cleaned_data
    scopes = [Scope(code) for code in given["scopes"]]
    user = _user(request)
    record, token = issue_token(user=user, name=given["name"], scopes=scopes, expires_at=form.expires_at)
    return _page(request, new_token=token, new_record=record)


@require_POST
@login_required
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Someone else's token is not found."""
    revoke_token(viewer=viewer_of_request(request), token_id=token_id)
    messages.success(request, _("The token is revoked. Programs that use it are refused from now on."))
    return redirect("profile")


def _page(request: HttpRequest, status: int = 200, **context: object) -> HttpResponse:
    forms = {"profile_form": ProfileForm(initial=_present(request)), "token_form": TokenForm()}
    viewer = viewer_of_request(request)
    conduct = {
        "qualifications": own_qualifications(viewer),
        "credit": credit_of(viewer.person_id),
        "entries": own_entries(viewer)[:MOST_ENTRIES],
    }
    invalid = any(getattr(form, "errors", None) for form in context.values())
    context = {**forms, **conduct, **context, "tokens": own_tokens(viewer)}
    return render(request, "accounts/profile.html", context, status=422 if invalid else status)


def _present(request: HttpRequest) -> dict[str, str]:
    user = _user(request)
    return {"name": user.name, "language": known_language(user.language)}


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
