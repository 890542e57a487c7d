"""By what utilisation can be added up."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Left, TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution
from accounts.regions import region_name
from booking.utilisation.errors import UnknownGrouping
from core.languages import Text, chosen
from instruments.catalogue.models import Category, Instrument


@dataclass(frozen=True, slots=True)
class Name:
    """What a group is called, and its further columns by code."""

    label: Text
    details: dict[str, str] = field(default_factory=dict)


Names = Mapping[Any, Name]


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to add up. key: expression over a fact; headings: of the further columns, by code.

    names: the names of these keys, in at most one statement; sums are grouped by the bare key because wide
    groups take several times as long. in_order: rows come by key, not by size.
    """

    code: str
    title: Promise
    key: Combinable
    names: Callable[[Collection[Any]], Names]
    headings: Mapping[str, Promise] = field(default_factory=dict)
    in_order: bool = False

    def key_text(self, key: Any) -> str:
        """A key as text: ids as digits, codes filled to six digits, months as 2026-03."""
        if isinstance(key, date):
            return f"{key:%Y-%m}"
        return str(key).ljust(6, "0") if key and isinstance(key, str) else str(key or "")


def _instruments(keys: Collection[int]) -> Names:
    institution = "institution__name_zh", "institution__name_en"
    found = Instrument.objects.filter(pk__in=keys).values_list("pk", "name_zh", "name_en", "number", *institution)
    return {
        pk: Name(
            chosen(name_zh, name_en) if name_zh or name_en else Text(number, ""),
            {"number": number, "institution": chosen(*institution_names).text},
        )
        for pk, name_zh, name_en, number, *institution_names in found
    }


def _institutions(keys: Collection[int]) -> Names:
    return {place.pk: Name(place.text) for place in Institution.objects.filter(pk__in=keys)}


def _categories(keys: Collection[str]) -> Names:
    groups = {category.code[:2]: Name(category.text) for category in Category.objects.filter(level=1)}
    return {key: groups.get(key) or Name(_in_active_language(gettext("Without category"))) for key in keys}


def _regions(keys: Collection[str]) -> Names:
    outside = Name(_in_active_language(gettext("Outside the province")))
    return {key: Name(region_name(key)) if key else outside for key in keys}


def _months(keys: Collection[date]) -> Names:
    return {key: Name(Text(f"{key:%Y-%m}", "")) for key in keys}


def _in_active_language(text: str) -> Text:
    return chosen(text, text)


GROUPINGS: Final = {
    each.code: each
    for each in (
        Grouping("institution", _("Institution"), F("instrument__institution_id"), _institutions),
        Grouping(
            "instrument",
            _("Instrument"),
            F("instrument_id"),
            _instruments,
            headings={"number": _("Number"), "institution": _("Institution")},
        ),
        Grouping(
            "category", _("Category"), Coalesce(Left("instrument__category__code", 2), Value("")), _categories
        ),
        Grouping("region", _("Region"), Left("instrument__institution__region", 4), _regions),
        Grouping("month", _("Month"), TruncMonth("on"), _months, in_order=True),
    )
}


def grouping(code: str) -> Grouping:
    """The grouping of that code. Raises UnknownGrouping."""
    try:
        return GROUPINGS[code]
    except KeyError:
        known = list(GROUPINGS)
        raise UnknownGrouping(
            gettext("Add up by one of %(known)s.") % {"known": ", ".join(known)}, known=known
        ) from None
