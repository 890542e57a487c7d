"""Signing in, one's profile, one's API tokens."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from accounts.models import Scope
from core import clock

LANGUAGES: Final = [
    ("zh-hans", format_html('<span lang="zh-Hans">{}</span>', "简体中文")),
    ("en", format_html('<span lang="en">{}</span>', "English")),
]
"""Each in its own words, so that nobody has to read the other language to find theirs."""

LIFETIMES: Final = (30, 90, 365)


class SignInForm(AuthenticationForm):
    """E-mail address and password. One sentence for every failure: it tells nobody which part was wrong."""

    error_messages = {
        "invalid_login": _("This e-mail address and password do not belong together. Check both and try again."),
        "inactive": _("This e-mail address and password do not belong together. Check both and try again."),
        "locked": _("Too many wrong passwords. For your protection, signing in is locked for %(minutes)d minutes."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"] = forms.EmailField(
            label=_("E-mail address"),
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.fields["password"].label = _("Password")

    @property
    def is_locked(self) -> bool:
        """Whether there have been too many wrong passwords; then not even the right one is let in."""
        return getattr(self.request, "axes_locked_out", False)

    def get_invalid_login_error(self) -> forms.ValidationError:
        if not self.is_locked:
            return super().get_invalid_login_error()
        minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
        return forms.ValidationError(self.error_messages["locked"], code="locked", params={"minutes": minutes})

    def clean_username(self) -> str:
        """Addresses are stored in lower case."""
        return str(self.cleaned_data["username"]).lower()


class ProfileForm(forms.Form):
    """What a person may change about themselves."""

    name = forms.CharField(
        label=pgettext_lazy("a person", "Name"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=LANGUAGES,
        widget=forms.RadioSelect,
        help_text=_("Used for pages and for messages to you."),
    )


def known_language(code: str) -> str:
    """The language if the product speaks it, else its first one."""
    return code if code in dict(LANGUAGES) else settings.LANGUAGE_CODE


class TokenForm(forms.Form):
    """A new API token: what it is for, what it may do, how long it lasts."""

    name = forms.CharField(
        label=_("What is it for?"),
        max_length=80,
        help_text=_("So that you recognise it later, such as LIMS export."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    days = forms.TypedChoiceField(
        label=_("It expires after"),
        coerce=int,
        choices=lambda: [
            *((days, ngettext("%(days)d day", "%(days)d days", days) % {"days": days}) for days in LIFETIMES),
            (0, _("never")),
        ],
        initial=LIFETIMES[1],
    )

    @property
    def expires_at(self) -> datetime | None:
        """When the token ends, counted from now; None: never."""
        days: int = self.cleaned_data["days"]
        return clock.now() + timedelta(days=days) if days else None
