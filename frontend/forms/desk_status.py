"""Publishing and suspending."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from frontend.forms.wall_clock import CalendarDateField


class PublishForm(forms.Form):
    """The version that the person saw."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class SuspendForm(PublishForm):
    """Why an instrument is out of service, and until when."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Everybody who opens the instrument reads it.")
    )
    expected_return_on = CalendarDateField(label=_("Expected return"), required=False)

    @property
    def command(self) -> dict[str, Any]:
        """What the command takes."""
        given = self.cleaned_data
        named = {name: given[name] for name in ("reason", "expected_return_on")}
        return {**named, "expected_version": given["version"]}
