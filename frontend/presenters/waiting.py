"""An entry of the waiting list as pages show it."""

from django.utils.translation import gettext as _

from booking.reservations.models import Reservation, WaitlistEntry, WaitStatus
from booking.reservations.rules.registry import all_rules
from booking.reservations.selectors.verdicts import Verdict
from core import clock
from core.durations import in_words
from core.windows import TimeWindow


class Waiting:
    """Somebody who waits: for what, at which place in the queue, or what is offered until when."""

    def __init__(self, entry: WaitlistEntry) -> None:
        self.entry, self.instrument = entry, entry.instrument
        self.zone = entry.instrument.institution.zone
        self.span = TimeWindow.of(entry.span)

    @property
    def length(self) -> str:
        """How long, where it may lie anywhere in the span."""
        return "" if self.entry.minutes == self.span.minutes else in_words(self.entry.minutes)

    @property
    def position(self) -> int:
        number: int = self.entry.position  # type: ignore[attr-defined]  # of with_position
        return number

    @property
    def offer(self) -> Reservation | None:
        return self.entry.offer if self.entry.status == WaitStatus.OFFERED else None

    @property
    def window(self) -> TimeWindow:
        """What is offered, else what is waited for."""
        return TimeWindow.of(self.offer.during) if self.offer else self.span

    @property
    def time_left(self) -> str:
        """To answer; empty where nothing is offered."""
        if self.offer is None or self.offer.hold_expires_at is None:
            return ""
        minutes = int((self.offer.hold_expires_at - clock.now()).total_seconds() // 60)
        return in_words(minutes) if minutes >= 1 else _("less than a minute")


def can_be_waited_for(reached: Verdict) -> bool:
    """Whether nothing but the taken time stands in the way."""
    rules = all_rules()
    within = reached.context.places <= reached.context.capacity
    return bool(reached.violations) and within and all(rules[each.code].blocks_time for each in reached.violations)
