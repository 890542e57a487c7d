"""When a closure that comes again would come, before it is entered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from booking.reservations.models import Reservation
from booking.reservations.rules.registry import USES
from booking.reservations.selectors.closures import Coming

SHOWN: Final = 8
"""So many of the next times are listed, and besides every one that has something in its way."""


@dataclass(frozen=True, slots=True)
class ComingTimes:
    """All of them, soonest first."""

    plan: Sequence[Coming]

    @property
    def listed(self) -> list[Coming]:
        """The next ones, and all with something in their way."""
        return [each for number, each in enumerate(self.plan) if number < SHOWN or each.affected]

    @property
    def more(self) -> int:
        """How many are not listed."""
        return len(self.plan) - len(self.listed)

    @property
    def waiting(self) -> int:
        """How many have something in their way."""
        return sum(bool(each.affected) for each in self.plan)

    @property
    def bookings(self) -> int:
        """How many bookings that is."""
        return len({each.pk for each in self._affected if each.kind in USES})

    @property
    def _affected(self) -> list[Reservation]:
        return [each for coming in self.plan for each in coming.affected]
