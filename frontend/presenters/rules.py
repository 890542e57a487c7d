"""The rules of one instrument as a person reads them: from the registry, with the values in force."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.reservations.policy_values import Effective, Level, Setting
from booking.reservations.rules.registry import all_rules


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """A rule, its value with its unit, and what it means."""

    title: str | Promise
    value: str
    meaning: str | Promise


def rules_in_words(policy: Mapping[str, Effective]) -> list[RuleInWords]:
    """Every rule that has a value, in the registry's order; those that limit nothing are left out."""
    return [
        RuleInWords(rule.title, worded(policy[code].value or 0, rule.setting), rule.meaning)
        for code, rule in all_rules().items()
        if rule.setting and policy[code].value and not _is_usual(policy[code], rule.setting)
    ]


def worded(value: int, setting: Setting) -> str:
    """A value as people read it: its choice's name, or an amount."""
    named = dict(setting.choices).get(value)
    return amount(value, setting.unit) if named is None else str(named)


def _is_usual(value: Effective, setting: Setting) -> bool:
    """A choice that nobody has made says nothing about this instrument."""
    return bool(setting.choices) and value.level == Level.DEFAULT


def amount(value: int, unit: str) -> str:
    """`30 minutes`, `12 hours`, `60 days`; a unit this page does not know stays as the registry calls it."""
    if unit == "minutes" and value and not value % 60:
        return ngettext("%(count)d hour", "%(count)d hours", value // 60) % {"count": value // 60}
    if unit == "minutes":
        return ngettext("%(count)d minute", "%(count)d minutes", value) % {"count": value}
    if unit == "days":
        return ngettext("%(count)d day", "%(count)d days", value) % {"count": value}
    if unit == "hours":
        return ngettext("%(count)d hour", "%(count)d hours", value) % {"count": value}
    if unit == "bookings":
        return ngettext("%(count)d booking", "%(count)d bookings", value) % {"count": value}
    if unit == "points":
        return ngettext("%(count)d point", "%(count)d points", value) % {"count": value}
    return _("%(value)d %(unit)s") % {"value": value, "unit": unit}
