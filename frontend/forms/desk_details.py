"""What the catalogue says about an instrument, as its manager fills it in."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple, cast

from django import forms
from django.forms import BoundField
from django.forms.models import fields_for_model
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import money
from frontend.forms.wall_clock import CalendarDateField
from instruments.catalogue.details import TEXTS
from instruments.catalogue.models import AccessMode, Instrument
from instruments.catalogue.selectors import CategoryNode, category_tree, groups_of

DEAREST_YUAN: Final = Decimal(10_000_000_000)

SECTIONS: Final[tuple[tuple[Promise, Promise, tuple[str, ...]], ...]] = (
    (
        _("Name and kind"),
        _("One language is enough; the other is shown to its readers where it is filled in."),
        ("name_zh", "name_en", "category", "model", "manufacturer", "country", "department", "group_id"),
    ),
    (
        _("What it can do"),
        _("People search in these texts: name materials, properties and standards as they would."),
        ("description", "technical_indicators", "services", "methods"),
    ),
    (
        _("For those who book it"),
        _("Shown beside the calendar, before anybody books."),
        ("access_modes", "sample_requirements", "user_notice"),
    ),
    (
        _("Where it is and who answers"),
        _("People need it to find the instrument and to ask."),
        ("location", "contact_name", "contact_phone", "contact_email", "contact_url"),
    ),
    (
        _("Asset data"),
        _("Used in reviews and national reports; not shown to those who book."),
        ("original_value", "commissioned_on"),
    ),
)
_LONG: Final = ("description", "technical_indicators", "services", "methods", "sample_requirements", "user_notice")
_NAMES: Final = {"original_value_fen": "original_value"}


class _SecureURLField(forms.URLField):
    """An address typed without its scheme is taken for https."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(assume_scheme="https", **kwargs)


class Entry(NamedTuple):
    """A field and what stands in the database now, where somebody else changed the instrument meanwhile."""

    field: BoundField
    stored: str
    is_wide: bool


class Section(NamedTuple):
    """Fields that belong together."""

    title: Promise
    hint: Promise
    entries: list[Entry]


class DetailsForm(forms.Form):
    """All details of an instrument, and the version that the person saw."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    access_modes = forms.MultipleChoiceField(
        label=_("Access modes"),
        required=False,
        choices=AccessMode.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "checkbox checkbox-sm"}),
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    group_id = forms.TypedChoiceField(
        label=_("Group"), required=False, coerce=int, empty_value=None, help_text=_("It passes on rules and hours.")
    )
    original_value = forms.DecimalField(
        label=_("Original value in yuan"), required=False, min_value=0, max_value=DEAREST_YUAN, decimal_places=2
    )
    commissioned_on = CalendarDateField(label=_("Commissioned on"), required=False)

    def __init__(self, data: Any = None, *, instrument: Instrument | None, institution_id: int) -> None:
        super().__init__(data, initial=_initial(instrument) if instrument else None)
        self.fields.update(_text_fields())
        _choices(self, "category", [("", "—"), *_category_choices(category_tree())])
        _choices(self, "group_id", [("", "—"), *((group.pk, str(group)) for group in groups_of(institution_id))])
        if len(_choices_of(self, "group_id")) == 1:
            del self.fields["group_id"]
        self.stored: dict[str, str] = {}

    @property
    def details(self) -> dict[str, Any]:
        """What the command takes."""
        given = {
            name: value for name, value in self.cleaned_data.items() if name not in ("version", "original_value")
        }
        yuan: Decimal | None = self.cleaned_data["original_value"]
        return {**given, "original_value_fen": None if yuan is None else int(yuan * 100)}

    @property
    def sections(self) -> Iterator[Section]:
        """The fields in the order of the page."""
        for title, hint, names in SECTIONS:
            entries = [self._entry(name) for name in names if name in self.fields]
            yield Section(title, hint, entries)

    def refuse(self, fields: Mapping[str, str]) -> None:
        """Put the command's reasons next to their fields."""
        for key, reason in fields.items():
            name = _NAMES.get(key, key)
            self.add_error(name if name in self.fields else None, reason)

    def tell_stale(self, current: Instrument) -> None:
        """Keep what was typed, show what is stored, and let the next attempt start from the present version."""
        self.stored = dict(self._differing(current))
        given = cast("QueryDict", self.data).copy()
        given["version"] = str(current.version)
        self.data = given
        self.add_error(
            None,
            gettext(
                "Someone else changed this instrument while you were writing. Your entries are all still here; "
                "where they differ, the stored text stands below the field. Save again to keep yours."
            ),
        )

    def _entry(self, name: str) -> Entry:
        return Entry(self[name], self.stored.get(name, ""), name in (*_LONG, "access_modes", "location"))

    def _differing(self, current: Instrument) -> Iterator[tuple[str, str]]:
        present = _initial(current)
        for name, mine in self.cleaned_data.items():
            theirs = present.get(name)
            if name != "version" and (mine or None) != (theirs or None):
                yield name, self._shown(name, theirs) or gettext("(empty)")

    def _shown(self, name: str, value: Any) -> str:
        if name in ("category", "group_id", "access_modes"):
            chosen = {str(each) for each in (value if isinstance(value, list) else [value])}
            return ", ".join(label for key, label in _flat(_choices_of(self, name)) if key in chosen)
        return "" if value is None else str(value)


def _initial(instrument: Instrument) -> dict[str, Any]:
    fen = instrument.original_value_fen
    return {
        **{name: getattr(instrument, name) for name in (*TEXTS, "access_modes", "group_id", "commissioned_on")},
        "category": instrument.category.code if instrument.category else "",
        "original_value": None if fen is None else Decimal(money.yuan(fen).replace(",", "")),
        "version": instrument.version,
    }


def _text_fields() -> dict[str, forms.Field]:
    """Labels and lengths are the model's."""
    fields = fields_for_model(Instrument, TEXTS, field_classes={"contact_url": _SecureURLField})
    for name in _LONG:
        fields[name].widget.attrs["rows"] = 4
    return fields


def _category_choices(nodes: Iterable[CategoryNode]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for node in nodes:
        yield node.name.text, [(node.code, node.name.text), *_below(node, 1)]


def _below(node: CategoryNode, depth: int) -> Iterator[tuple[str, str]]:
    for child in node.children:
        yield child.code, "\u2003" * depth + child.name.text
        yield from _below(child, depth + 1)


def _choices(form: forms.Form, name: str, choices: Any) -> None:
    form.fields[name].choices = choices  # type: ignore[attr-defined]


def _choices_of(form: forms.Form, name: str) -> list[Any]:
    return list(form.fields[name].choices)  # type: ignore[attr-defined]


def _flat(choices: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for key, label in choices:
        if isinstance(label, list):
            yield from _flat(label)
        elif key:
            yield str(key), str(label).strip()
