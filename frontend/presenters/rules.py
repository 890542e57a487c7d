"""The rules of one instrument as a person reads them: from the registry, with the values in force."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from booking.reservations.models import Kind
from booking.reservations.policy_values import Effective, Level, Section, Setting
from booking.reservations.process_settings import PROCESS_SETTINGS, ProcessSetting
from booking.reservations.rules.registry import Rule, all_rules
from core.durations import in_words
from core.money import yuan


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """A rule, its value with its unit, and what it means."""

    title: str | Promise
    value: str
    meaning: str | Promise


def rules_in_words(policy: Mapping[str, Effective]) -> list[RuleInWords]:
    """Every rule that has a value, in the registry's order; those that limit nothing are left out."""
    return [
        RuleInWords(rule.title, worded(policy[code].value, rule.setting), rule.meaning)
        for code, rule in all_rules().items()
        if rule.setting and policy[code].value and not _is_usual(policy[code], rule.setting)
    ]


def worded(value: int | None, setting: Setting) -> str:
    """A value as people read it: its choice's name, or an amount."""
    named = None if value is None else dict(setting.choices).get(value)
    return amount(value, setting.unit) if named is None else str(named)


def _is_usual(value: Effective, setting: Setting) -> bool:
    """A choice that nobody has made says nothing about this instrument."""
    return bool(setting.choices) and value.level == Level.DEFAULT


def amount(value: int | None, unit: str) -> str:
    """`30 minutes`, `12 hours`, `60 days`, `¥1,000.00`, `50%`; None: no limit."""
    if value is None:
        return _("no limit")
    if unit in _SIGNS:
        return _SIGNS[unit](value)
    return _counted(value, unit)


_SIGNS: Final[Mapping[str, Callable[[int], str]]] = {
    "fen": lambda value: f"¥{yuan(value)}",
    "percent": lambda value: f"{value}%",
    "minutes": in_words,
}


def _counted(value: int, unit: str) -> str:
    counted = {
        "hours": ngettext("%(count)d hour", "%(count)d hours", value),
        "days": ngettext("%(count)d day", "%(count)d days", value),
        "bookings": ngettext("%(count)d booking", "%(count)d bookings", value),
        "points": ngettext("%(count)d point", "%(count)d points", value),
    }
    return counted[unit] % {"count": value}


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule or a process for those who read about it. default: in words; empty where nothing is set.

    bounds: the values there are. waived_by: roles; applies_to: kinds of bookings; empty for processes.
    """

    code: str
    title: str | Promise
    meaning: str | Promise
    default: str
    bounds: str
    applies_to: str
    waived_by: str
    takes_time: bool = False


class ExplainedPart(NamedTuple):
    """One section: its rules, then the values of its processes."""

    slug: str
    title: str
    entries: list[Explained]


def all_explained() -> list[ExplainedPart]:
    """Everything in its section, in the registry's order."""
    known: list[Rule | ProcessSetting] = [*all_rules().values(), *PROCESS_SETTINGS.values()]
    return [
        ExplainedPart(
            section.value, str(section.label), [_explained(each) for each in known if each.section == section]
        )
        for section in Section
    ]


def _explained(each: Rule | ProcessSetting) -> Explained:
    setting = each.setting
    kinds, roles = (each.applies_to, each.waivable_by) if isinstance(each, Rule) else ((), ())
    return Explained(
        each.code,
        each.title,
        each.meaning,
        worded(setting.default, setting) if setting else "",
        _bounds(setting) if setting else "",
        listed(str(Kind(kind).label) for kind in kinds),
        listed(str(role.label) for role in roles),
        takes_time=isinstance(each, Rule) and each.blocks_time,
    )


def _bounds(setting: Setting) -> str:
    if setting.choices:
        return listed(str(meaning) for _value, meaning in setting.choices)
    least, most = (worded(value, setting) for value in (setting.minimum, setting.maximum))
    return _("%(least)s to %(most)s") % {"least": least, "most": most}


def listed(words: Iterable[str]) -> str:
    """Words one after the other: `a, b, c`."""
    return pgettext("between words of a list", ", ").join(words)
