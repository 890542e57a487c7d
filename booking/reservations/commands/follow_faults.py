"""What follows for bookings from the faults of an instrument."""

from collections.abc import Sequence
from datetime import date

from booking.reservations.commands.editing import lock_calendars
from booking.reservations.events import ReservationsAffected
from booking.reservations.selectors.displaced import Cause, back_at, displaced_on
from core.events import publish
from core.locks import retried_when_busy
from instruments.catalogue.commands.publish_instrument import publish_instrument
from instruments.catalogue.commands.suspend_instrument import suspend_instrument
from instruments.catalogue.models import Instrument, InstrumentStatus
from instruments.upkeep.models import Fault, Severity
from instruments.upkeep.selectors import suspending_faults


@retried_when_busy
def follow_faults(*, instrument_id: int) -> None:
    """Suspend an instrument with a fault that suspends, publish it when the last one is resolved. Idempotent.

    An instrument that was suspended for another reason stays so; bookings are never touched, but told of.
    Who is booking meanwhile is waited for, or waits: each booking is told of or sees the fault.
    Raises: CalendarBusy. Emits: InstrumentSuspended and ReservationsAffected, or InstrumentPublished.
    """
    lock_calendars([instrument_id])
    instrument = Instrument.objects.select_for_update(no_key=True, of=("self",)).select_related("institution")
    current = instrument.get(pk=instrument_id)
    is_ours = current.status == InstrumentStatus.SUSPENDED and _is_because_of_a_fault(current)
    faults = list(suspending_faults(instrument_id))
    if not faults and is_ours:
        publish_instrument(viewer=None, instrument_id=instrument_id)
    elif faults and (current.status == InstrumentStatus.PUBLISHED or is_ours):
        _suspend(current, faults[-1].what, _return(faults))


def _suspend(current: Instrument, reason: str, expected_return_on: date | None) -> None:
    if (current.status_reason, current.expected_return_on) == (reason, expected_return_on):
        return
    suspended = suspend_instrument(
        viewer=None, instrument_id=current.pk, reason=reason, expected_return_on=expected_return_on
    )
    suspended.institution = current.institution
    affected = [each for each in displaced_on(suspended) if each.cause == Cause.SUSPENDED]
    if affected:
        keys = tuple(each.reservation.pk for each in affected)
        publish(ReservationsAffected(current.pk, keys, back_at(suspended)))


def _return(faults: Sequence[Fault]) -> date | None:
    """The last expected return; nobody knows it where one fault has none."""
    known = [fault.expected_return_on for fault in faults if fault.expected_return_on]
    return max(known) if len(known) == len(faults) else None


def _is_because_of_a_fault(instrument: Instrument) -> bool:
    """The reason shown to everybody is that of a fault, open or resolved."""
    faults = Fault.objects.filter(instrument=instrument, severity=Severity.SUSPENDED)
    return faults.filter(what=instrument.status_reason).exists()
