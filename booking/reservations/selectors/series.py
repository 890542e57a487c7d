"""Series: bookings that were planned as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.viewers import Viewer
from booking.calendars.patterns import Repeat
from booking.calendars.recurrence import pattern_of
from booking.reservations.models import Reservation, ReservationSeries
from booking.reservations.rules.registry import Violation
from booking.reservations.selectors.access import Action, may, reservations_visible_to
from core.errors import Forbidden, NotFound
from core.windows import TimeWindow
from core.windows import zone as zone_of
from instruments.catalogue.models import Instrument


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One of a series: its booking, or the window it would take and what is broken.

    original_start: as planned at first. reservation: None where refused; in a dry run it was not kept.
    run_by: the names of those who run it after a change, where that is somebody else than before.
    """

    original_start: datetime
    window: TimeWindow
    reservation: Reservation | None
    violations: tuple[Violation, ...] = ()
    run_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """A series or the plan of one (series None), or the part of it that a command is about, in order of time.

    owed_fen: of a command, what these bookings had cost for being moved late before.
    """

    instrument: Instrument
    repeat: Repeat
    series: ReservationSeries | None
    occurrences: tuple[Occurrence, ...]
    owed_fen: int = 0

    @property
    def refused(self) -> list[Occurrence]:
        return [each for each in self.occurrences if each.reservation is None or each.violations]

    @property
    def accepted(self) -> list[Reservation]:
        """The bookings of what is not refused."""
        return [each.reservation for each in self.occurrences if each.reservation and not each.violations]

    @property
    def fee_fen(self) -> int:
        """What was noted for cancelling or moving them late; of a command, what it costs itself."""
        return sum(each.fee_fen for each in self.accepted if not each.fee_waived) - self.owed_fen

    @property
    def total_fen(self) -> int:
        return sum(reservation.total_fen for reservation in self.accepted)


def access_series(viewer: Viewer, series_id: int, action: Action = "view") -> Series:
    """One series with all its bookings. change: whoever may change these. Two queries.

    Raises: NotSignedIn, NotFound when the viewer may see none of them, Forbidden.
    """
    reservations = reservations_visible_to(viewer).filter(series_id=min(series_id, 2**63 - 1))
    found = list(reservations.order_by("original_start", "pk"))
    if not found:
        raise NotFound
    if not all(may(viewer, reservation, action) for reservation in found):
        raise Forbidden
    series = ReservationSeries.objects.select_related("pattern__rule").get(reservations=found[0])
    return series_of(series, found)


def series_of(series: ReservationSeries, reservations: Sequence[Reservation]) -> Series:
    """A stored series, or these bookings of it."""
    instrument = reservations[0].instrument
    repeat = pattern_of(series.pattern, zone_of(instrument.institution.zone))
    return Series(instrument, repeat, series, tuple(map(occurrence_of, reservations)))


def occurrence_of(
    reservation: Reservation, violations: Sequence[Violation] = (), run_by: Sequence[str] = ()
) -> Occurrence:
    """A booking as an occurrence of its series. run_by: as there."""
    window = TimeWindow.of(reservation.during)
    return Occurrence(
        reservation.original_start or window.starts_at, window, reservation, tuple(violations), tuple(run_by)
    )
