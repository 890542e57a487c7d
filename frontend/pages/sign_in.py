"""Signing in and out."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpResponse
from django.views.decorators.cache import never_cache

from frontend.forms.accounts import SignInForm, known_language
from frontend.languages import remember_language


class SignIn(LoginView):
    """E-mail address and password; afterwards to `next`, when that is on this host, in one's own language."""

    authentication_form = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        response = super().form_valid(form)
        if language := form.get_user().language:
            remember_language(response, known_language(language))
        return response

    def form_invalid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        response = super().form_invalid(form)
        if form.is_locked:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME.total_seconds()))
        return response


sign_in = never_cache(SignIn.as_view())
sign_out = LogoutView.as_view()
