"""The manager's form of rules as its page shows it: in sections, with what is in force and where it comes from."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Final, NamedTuple

from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Tier
from booking.reservations.policy_values import Level, Section
from booking.reservations.process_settings import ProcessSetting
from booking.reservations.rules.registry import Rule
from booking.reservations.selectors.policy_levels import PolicyOf, ValueFor
from frontend.presenters.rules import listed, worded

LEVELS: Final = {
    Level.DEFAULT: _("built in"),
    Level.PLATFORM: _("platform"),
    Level.INSTITUTION: _("institution"),
    Level.GROUP: _("group"),
    Level.INSTRUMENT: _("this instrument"),
}


class InForce(NamedTuple):
    """A value in words, the level it comes from, and for whom it holds where not for all."""

    value: str
    level: Promise
    tier: str = ""


class Row(NamedTuple):
    """One rule: what is in force, what the level says itself. is_set_here: for all or for some tier."""

    rule: Rule | ProcessSetting
    unit: str
    in_force: InForce
    by_tier: list[InForce]
    mode: BoundField
    value: BoundField
    is_set_here: bool

    @property
    def errors(self) -> list[tuple[BoundField, str]]:
        """What is wrong, each with its field."""
        return [(field, str(error)) for field in (self.mode, self.value) for error in field.errors]


class RowSection(NamedTuple):
    """The rules of one section; is_open: something in it wants to be seen at once."""

    slug: str
    title: str
    rows: list[Row]
    is_open: bool

    @property
    def set_here(self) -> int:
        """How many of its rules have a value of their own."""
        return sum(row.is_set_here for row in self.rows)

    @property
    def names(self) -> str:
        """Its rules by name, to find one while it is closed."""
        return listed(str(row.rule.title) for row in self.rows)


def policy_row(each: PolicyOf, mode: BoundField, value: BoundField) -> Row:
    """A rule's line of the form."""
    in_force, exceptions = _in_words(each, each.general), [_in_words(each, other) for other in each.exceptions]
    return Row(each.rule, unit_word(each.setting.unit), in_force, exceptions, mode, value, each.is_set_here)


def in_sections(rows: Iterable[Row], is_changed: Callable[[Row], bool]) -> Iterator[RowSection]:
    """Sections in their order; open are those where something is set here, typed and not saved, or wrong."""
    order = list(Section)
    by_section = sorted(rows, key=lambda row: order.index(row.rule.section))
    for section, found in groupby(by_section, key=lambda row: row.rule.section):
        its = list(found)
        is_open = any(row.is_set_here or row.errors or is_changed(row) for row in its)
        yield RowSection(section.value, str(section.label), its, is_open)


def unit_word(unit: str) -> str:
    """The unit beside a number that is being typed."""
    words = {
        "": "",
        "days": gettext("days"),
        "hours": gettext("hours"),
        "bookings": gettext("bookings"),
        "points": gettext("points"),
        "fen": gettext("yuan"),
        "percent": "%",
    }
    return words.get(unit, gettext("minutes"))


def _in_words(each: PolicyOf, value: ValueFor) -> InForce:
    found = value.effective
    tier = str(Tier(value.tier).label) if value.tier else ""
    return InForce(worded(found.value, each.setting), LEVELS[found.level], tier)
