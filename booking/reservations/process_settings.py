"""Values of processes rather than rules: set, inherited and shown in the same way, but they refuse nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise

from booking.reservations.policy_values import Setting


@dataclass(frozen=True, slots=True)
class ProcessSetting:
    """A named value. meaning: what it decides, for the manager's form and the docs."""

    code: str
    title: Promise
    meaning: Promise
    setting: Setting


_TABLE: Final[tuple[ProcessSetting, ...]] = ()

PROCESS_SETTINGS: Final[Mapping[str, ProcessSetting]] = {each.code: each for each in _TABLE}
