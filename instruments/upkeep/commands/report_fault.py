from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.viewers import Viewer
from core import clock, events, history
from core.windows import zone
from instruments.catalogue.models import Instrument
from instruments.upkeep.errors import FaultInvalid, OnlyStaffSuspend
from instruments.upkeep.events import FaultReported
from instruments.upkeep.models import Fault, Severity


def report_fault(
    *,
    viewer: Viewer,
    instrument: Instrument,
    what: str,
    severity: Severity = Severity.USABLE,
    expected_return_on: date | None = None,
) -> Fault:
    """Say what is broken. The caller fetched the instrument through access_instrument; anybody may report.

    severity suspended, for staff alone: nobody can use it until it is resolved. expected_return_on: local date.
    Raises: NotSignedIn, FaultInvalid, OnlyStaffSuspend. Emits: FaultReported.
    """
    suspends, what = severity == Severity.SUSPENDED, what.strip()
    if not 0 < len(what) <= 200:
        raise FaultInvalid(_("Say what is wrong, in at most 200 characters."))
    if suspends and not viewer.staffs(instrument.institution_id):
        viewer.person_id  # noqa: B018 - nobody signed in is told so first
        raise OnlyStaffSuspend
    _refuse_return(instrument, suspends, expected_return_on)
    with transaction.atomic(), history.acting(actor_id=viewer.person_id, command="report_fault", reason=what):
        fault = Fault.objects.create(
            instrument=instrument,
            what=what,
            severity=severity,
            reported_by_id=viewer.person_id,
            expected_return_on=expected_return_on,
        )
        events.publish(FaultReported(fault.pk, instrument.pk, suspends))
    return fault


def _refuse_return(instrument: Instrument, suspends: bool, on: date | None) -> None:
    if on is None:
        return
    if not suspends:
        raise FaultInvalid(_("Only an instrument that is out of service has an expected return."))
    if on <= clock.today(zone(instrument.institution.zone)):
        raise FaultInvalid(_("The expected return lies after today."))
