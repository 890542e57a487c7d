"""What changing several bookings of a series would come to, one by one."""

from dataclasses import dataclass

from booking.reservations.commands.cancel_series import fees_of
from booking.reservations.commands.change_series import Change
from booking.reservations.rules.registry import Violation
from booking.reservations.selectors.series import Series
from core.windows import TimeWindow


@dataclass(frozen=True, slots=True)
class ChangedBooking:
    """One booking before and after; refused where rules are broken, then after is what was asked for.

    run_by: who runs it after, where that is somebody else.
    """

    before: TimeWindow
    after: TimeWindow
    before_fen: int
    after_fen: int
    status: str
    violations: tuple[Violation, ...]
    run_by: str = ""

    @property
    def stays(self) -> bool:
        """Whether it is as it was asked for already."""
        return self.before == self.after and not self.violations and not self.run_by


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """All of them. fee_fen: what this change gives back late; version: the series' that it is about."""

    bookings: tuple[ChangedBooking, ...]
    fee_fen: int
    version: int

    @property
    def refused(self) -> int:
        return sum(bool(each.violations) for each in self.bookings)

    @property
    def moved(self) -> int:
        """How many do not stay as they are."""
        return sum(not each.stays for each in self.bookings)

    @property
    def can_confirm(self) -> bool:
        """All or none: one that is refused is in the way of the others."""
        return bool(self.moved) and not self.refused

    @property
    def before_fen(self) -> int:
        return sum(each.before_fen for each in self.bookings)

    @property
    def after_fen(self) -> int:
        return sum(each.after_fen for each in self.bookings)


def plan_of(stored: Series, tried: Series, change: Change) -> ChangePlan:
    """What a change that was made or tried in a dry run makes of the series as it was stored. No query."""
    assert tried.series is not None
    was = {each.reservation.pk: each.reservation for each in stored.occurrences if each.reservation}
    rows = []
    for each in tried.occurrences:
        assert each.reservation is not None
        before = was[each.reservation.pk]
        rows.append(
            ChangedBooking(
                before=TimeWindow.of(before.during),
                after=change.window_of(before) if each.violations else each.window,
                before_fen=before.total_fen,
                after_fen=each.reservation.total_fen,
                status=each.reservation.status,
                violations=each.violations,
                run_by=", ".join(each.run_by),
            )
        )
    meant = [each.reservation for each in tried.occurrences if each.reservation]
    fee_fen = fees_of(meant) - fees_of(was[each.pk] for each in meant)
    return ChangePlan(tuple(rows), max(fee_fen, 0), tried.series.version)
