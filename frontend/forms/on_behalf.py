"""Choosing the firm that somebody books for on its behalf: from a list, or among thousands by its name."""

from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.forms.widgets import ChoiceWidget
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from accounts.selectors import firms_called

MOST: Final = 20
"""More firms than this are found by name."""


class OnBehalfFields(forms.Form):
    """`firm` is what was typed, `firm_id` what was chosen of a list; without rights both are left out.

    A name that fits one firm alone means it; where it fits several, the form comes back with the list of these.
    """

    firm = forms.CharField(
        label=_("On behalf of a firm"),
        required=False,
        max_length=160,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("Part of its name, or its credit code. Left empty: for yourself."),
    )
    firm_id = forms.IntegerField(label=_("On behalf of a firm"), required=False, min_value=1, max_value=2**63 - 1)

    def offer_firms(self, firms: "QuerySet[Enterprise] | None") -> None:
        """firms: those the person may book for; None: nobody, and the fields go."""
        self.firms = firms
        few = [] if firms is None else list(firms[: MOST + 1])
        self.by_name = len(few) > MOST
        if not self.by_name:
            del self.fields["firm"]
            self._list(few, forms.Select(), (("", _("nobody: for myself")),))
        if not few:
            del self.fields["firm_id"]

    def _list(self, firms: list[Enterprise], widget: ChoiceWidget, first: tuple[Any, ...] = ()) -> None:
        field = self.fields["firm_id"]
        widget.is_required = False
        widget.choices = [*first, *((firm.pk, firm.name) for firm in firms)]
        field.widget = widget

    @property
    def lists_firms(self) -> bool:
        """Whether there is a list to choose from."""
        return isinstance(self.fields["firm_id"].widget, ChoiceWidget) if "firm_id" in self.fields else False

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        given["on_behalf_of"] = self._chosen(given.get("firm", ""), given.get("firm_id"))
        return given

    def _chosen(self, text: str, chosen: int | None) -> Enterprise | None:
        if self.firms is None or not (text if self.by_name else chosen):
            return None
        if not self.by_name:
            return self._one(list(self.firms.filter(pk=chosen or 0)), chosen)
        found = list(firms_called(self.firms, text)[: MOST + 1])
        if len(found) > 1:
            # The page comes back for this question alone.
            self._list(found[:MOST], forms.RadioSelect({} if chosen else {"autofocus": True}))
            self["firm_id"].label = gettext("Which of these firms?")
        exact = [each for each in found if text in (each.name_zh, each.name_en, each.uscc)]
        if not chosen and len(exact) == 1:
            return exact[0]
        return self._one(found, chosen)

    def _one(self, found: list[Enterprise], chosen: int | None) -> Enterprise | None:
        """The one that is meant, or an error that says how to go on."""
        meant = [each for each in found if chosen in (None, each.pk)] or found
        if len(meant) == 1:
            return meant[0]
        if not found:
            self.add_error(
                "firm" if self.by_name else "firm_id", _("There is no such firm among those you may book for.")
            )
        elif len(found) > MOST:
            self.add_error("firm_id", _("Many firms fit, these are some. Choose one, or type more of the name."))
        else:
            self.add_error("firm_id", _("Several firms fit. Choose one."))
        return None
