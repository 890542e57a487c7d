"""Deciding on a request."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ApproveForm(forms.Form):
    """version: what the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class DeclineForm(ApproveForm):
    """Why; the person who asked reads it."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
