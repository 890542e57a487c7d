"""Policy values: which value of a rule is in force, and where it comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final, Literal, NamedTuple

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Tier


class Level(IntEnum):
    """Where a value is set; the nearest (highest) level wins."""

    DEFAULT = -1
    PLATFORM = 0
    INSTITUTION = 1
    GROUP = 2
    INSTRUMENT = 3


class Section(TextChoices):
    """Under which heading people look for a rule or a value: in the manager's form, in the docs."""

    TIMES = "times", _("Times and lengths")
    PLACES = "places", _("What must be free")
    PERSON = "person", _("Quotas of each person")
    FIRM = "firm", _("Quotas of each firm")
    WHO = "who", _("Who may book")
    APPROVAL = "approval", _("Approval")
    ATTENDANCE = "attendance", _("Check-in and no-show")
    CANCELLING = "cancelling", _("Cancelling and waiting list")
    CREDIT = "credit", _("Credit and usage reports")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that managers set. default None: unlimited. unit: minutes, days, …; bounds are inclusive.

    choices: what each possible value means, where they are few; there is no "unlimited" then.
    """

    default: int | None
    unit: str
    minimum: int = 0
    maximum: int = 1_000_000
    choices: tuple[tuple[int, Promise], ...] = ()


class _Wish(Enum):
    INHERIT = "inherit"


Inherit = Literal[_Wish.INHERIT]
INHERIT: Final = _Wish.INHERIT
"""Neither a value nor unlimited: the next level decides."""


class StoredValue(NamedTuple):
    """One row of reservations_policyvalue. tier empty: all tiers; value None: unlimited."""

    code: str
    level: int
    tier: str
    value: int | None


@dataclass(frozen=True, slots=True)
class Effective:
    """The value in force and the level it comes from. value None: unlimited."""

    value: int | None
    level: Level


def effective_values(
    stored: Iterable[StoredValue], tier: Tier, defaults: Mapping[str, int | None]
) -> dict[str, Effective]:
    """Every rule's value for a tier: the nearest level wins; within a level the exact tier wins.

    Source: engine.md, "Meanings".
    """
    values = {code: Effective(value, Level.DEFAULT) for code, value in defaults.items()}
    for row in sorted(stored, key=lambda row: (row.level, row.tier != "")):
        if row.tier in ("", tier) and row.code in values:
            values[row.code] = Effective(row.value, Level(row.level))
    return values


def with_changes(
    stored: Iterable[StoredValue], level: Level, changes: Mapping[tuple[str, str], int | Inherit | None]
) -> list[StoredValue]:
    """Stored values as they would be after changes at one level. changes: by code and tier."""
    kept = [row for row in stored if row.level != level or (row.code, row.tier) not in changes]
    return kept + [
        StoredValue(code, level, tier, value) for (code, tier), value in changes.items() if value is not INHERIT
    ]
