"""Bookings that can't take place as things stand: their instrument is out of service until after their start."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from booking.reservations.models import Reservation, Status
from booking.reservations.rules.registry import USES
from booking.reservations.selectors.displaced import back_at
from instruments.catalogue.models import InstrumentStatus

_COMING: Final = (Status.REQUESTED, Status.CONFIRMED)


@dataclass(frozen=True, slots=True)
class OutOfService:
    """Why, as the instrument says it, and the local date on which it is expected back; None: nobody knows."""

    reason: str
    expected_return_on: date | None


def out_of_service(reservation: Reservation) -> OutOfService | None:
    """What its people have to know of a coming booking. No query where instrument and institution are loaded.

    The twin of replanning_displaced ('suspended') for one booking.
    """
    instrument = reservation.instrument
    if instrument.status != InstrumentStatus.SUSPENDED:
        return None
    if reservation.kind not in USES or reservation.status not in _COMING:
        return None
    back = back_at(instrument)
    if back is not None and reservation.during.lower >= back:
        return None
    return OutOfService(instrument.status_reason, instrument.expected_return_on)
