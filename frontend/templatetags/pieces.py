"""Pieces of a page that need a decision: form fields, states, text in the other language."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms, template
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.languages import Text
from instruments.catalogue.search import has_cjk

register = template.Library()


@dataclass(frozen=True, slots=True)
class State:
    """How a state is shown: by a shape and a word, and only then by a tone."""

    shape: str
    word: str | Promise
    tone: str


STATES: Final[dict[str, State]] = {
    # Reservations
    "held": State("ring-dashed", _("Being booked"), "wait"),
    "requested": State("ring", _("Requested"), "wait"),
    "confirmed": State("disc", _("Confirmed"), "main"),
    "in_use": State("play", _("In use"), "good"),
    "completed": State("check", _("Completed"), "calm"),
    "declined": State("cross", _("Declined"), "bad"),
    "cancelled": State("cross", _("Cancelled"), "calm"),
    "expired": State("clock", _("Expired"), "calm"),
    "no_show": State("triangle", _("No-show"), "bad"),
    # Who waits
    "waiting": State("clock", _("Waiting"), "wait"),
    "offered": State("disc", _("Offered"), "good"),
    # Instruments
    "draft": State("square", _("Draft"), "calm"),
    "published": State("disc", _("Published"), "good"),
    "suspended": State("triangle", _("Suspended"), "wait"),
    "retired": State("cross", _("Retired"), "calm"),
    # Availability
    "free_now": State("disc", _("Free now"), "good"),
    "free_later": State("clock", _("Next free"), "calm"),
    "no_time": State("minus", _("No free time soon"), "calm"),
    # Stretches of a day
    "closure": State("minus", _("Closed"), "calm"),
    "maintenance": State("minus", _("Maintenance"), "calm"),
}

_WIDGET_CLASSES: Final[tuple[tuple[type[forms.Widget], str], ...]] = (
    (forms.CheckboxSelectMultiple, ""),
    (forms.RadioSelect, ""),
    (forms.CheckboxInput, "checkbox checkbox-sm"),
    (forms.Textarea, "textarea"),
    (forms.Select, "select"),
    (forms.ClearableFileInput, "file-input"),
    (forms.Widget, "input"),
)


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, **attributes: Any) -> dict[str, Any]:
    """A labelled field with its hint and its errors next to it: `{% field form.email autofocus=True %}`.

    The first field that is wrong has the focus when the page comes back.
    """
    widget = bound.field.widget
    css = next(name for kind, name in _WIDGET_CLASSES if isinstance(widget, kind))
    given = {name.replace("_", "-"): value for name, value in attributes.items()}
    if bound.errors and bound.name == next((name for name in bound.form.errors if name in bound.form.fields), ""):
        given.setdefault("autofocus", True)
    own = " ".join(filter(None, [css, widget.attrs.get("class", "")]))
    return {
        "field": bound,
        "widget": bound.as_widget(attrs={"class": own, **given} if own else given),
        "is_check": isinstance(widget, forms.CheckboxInput),
        "is_group": isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple),
    }


@register.inclusion_tag("components/status.html")
def status(code: str, words: str = "") -> dict[str, Any]:
    """A state by shape and word: `{% status reservation.status %}`; words replaces the usual word."""
    state = STATES.get(code, State("ring", code, "calm"))
    return {"shape": state.shape, "word": words or state.word, "tone": state.tone}


@register.inclusion_tag("components/shape.html")
def shape(name: str) -> dict[str, str]:
    """A small drawing that belongs to the word beside it and is hidden from screen readers."""
    return {"name": name}


@register.filter
def written_in(text: str) -> str:
    """The language of a text that is not translated, for `lang`."""
    return "zh-Hans" if has_cjk(text) else "en"


@register.filter
def shown(text: Text) -> str | SafeString:
    """Catalogue text, marked with its language when that is not the page's."""
    page = "zh-Hans" if (get_language() or "zh-hans").startswith("zh") else "en"
    if text.lang == page:
        return text.text
    return format_html('<span lang="{}">{}</span>', text.lang, text.text)
