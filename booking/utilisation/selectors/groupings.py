"""By what utilisation can be added up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Left, TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.regions import region_name
from booking.utilisation.errors import UnknownGrouping
from core.languages import Text, chosen
from instruments.catalogue.models import Category

Labels = dict[str, Text]


def _no_labels() -> Labels:
    return {}


@dataclass(frozen=True, slots=True)
class Detail:
    """A further column of a row."""

    code: str
    heading: Promise
    text: Callable[[dict[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to add up. key: expression over a fact; fields: what else a row needs; in_order: by key first.

    label: a row's name, given the labels loaded once per report.
    """

    code: str
    title: Promise
    key: Combinable
    label: Callable[[dict[str, Any], Labels], Text]
    fields: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    in_order: bool = False
    labels: Callable[[], Labels] = _no_labels

    def key_text(self, key: Any) -> str:
        """A key as text: ids as digits, codes filled to six digits, months as 2026-03."""
        if isinstance(key, date):
            return f"{key:%Y-%m}"
        return str(key).ljust(6, "0") if key and isinstance(key, str) else str(key or "")

    def details_of(self, row: dict[str, Any]) -> dict[str, str]:
        """The row's further columns as text."""
        return {detail.code: detail.text(row) for detail in self.details}


_INSTRUMENT = "instrument__name_zh", "instrument__name_en", "instrument__number"
_INSTITUTION = "instrument__institution__name_zh", "instrument__institution__name_en"


def _instrument_label(row: dict[str, Any], _labels: Labels) -> Text:
    name = chosen(row["instrument__name_zh"], row["instrument__name_en"])
    return name if name.text else Text(row["instrument__number"], "")


def _institution_label(row: dict[str, Any], _labels: Labels) -> Text:
    return chosen(row[_INSTITUTION[0]], row[_INSTITUTION[1]])


def _category_label(row: dict[str, Any], labels: Labels) -> Text:
    return labels.get(row["key"]) or chosen(gettext("Without category"), gettext("Without category"))


def _category_labels() -> Labels:
    return {category.code[:2]: category.text for category in Category.objects.filter(level=1)}


def _region_label(row: dict[str, Any], _labels: Labels) -> Text:
    if not row["key"]:
        return chosen(gettext("Outside the province"), gettext("Outside the province"))
    return region_name(row["key"])


def _month_label(row: dict[str, Any], _labels: Labels) -> Text:
    return Text(f"{row['key']:%Y-%m}", "")


GROUPINGS: Final = {
    each.code: each
    for each in (
        Grouping(
            "institution",
            _("Institution"),
            F("instrument__institution_id"),
            _institution_label,
            fields=_INSTITUTION,
        ),
        Grouping(
            "instrument",
            _("Instrument"),
            F("instrument_id"),
            _instrument_label,
            fields=(*_INSTRUMENT, *_INSTITUTION),
            details=(
                Detail("number", _("Number"), lambda row: str(row["instrument__number"])),
                Detail("institution", _("Institution"), lambda row: _institution_label(row, {}).text),
            ),
        ),
        Grouping(
            "category",
            _("Category"),
            Coalesce(Left("instrument__category__code", 2), Value("")),
            _category_label,
            labels=_category_labels,
        ),
        Grouping(
            "region",
            _("Region"),
            Left("instrument__institution__region", 4),
            _region_label,
        ),
        Grouping("month", _("Month"), TruncMonth("on"), _month_label, in_order=True),
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
