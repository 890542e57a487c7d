from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.viewers import Viewer
from core import events, history
from instruments.catalogue.errors import InstrumentInvalid, InstrumentNotPublished
from instruments.catalogue.events import InstrumentSuspended
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import locked_instrument


def suspend_instrument(
    *,
    viewer: Viewer | None,
    instrument_id: int,
    reason: str,
    expected_return_on: date | None = None,
    expected_version: int | None = None,
) -> Instrument:
    """Take a published instrument out of service for a while; its page stays and shows the reason.

    viewer: who does it; None: the product, because of a fault that staff reported.
    reason: shown to everybody, at most 200 characters. expected_return_on: a local date of the institution.
    Raises: NotSignedIn, NotFound, Forbidden, Stale, InstrumentInvalid, InstrumentNotPublished.
    Emits: InstrumentSuspended.
    """
    if not 0 < len(reason.strip()) <= 200:
        raise InstrumentInvalid(fields={"reason": _("Give a reason of at most 200 characters.")})
    actor_id = None if viewer is None else viewer.user_id
    acting = history.acting(actor_id=actor_id, command="suspend_instrument", reason=reason.strip())
    with transaction.atomic(), acting:
        instrument = locked_instrument(viewer, instrument_id, expected_version=expected_version)
        if not instrument.is_public:
            raise InstrumentNotPublished
        _suspend(instrument, reason.strip(), expected_return_on)
        events.publish(InstrumentSuspended(instrument.institution_id, (instrument.pk,)))
    return instrument


def _suspend(instrument: Instrument, reason: str, expected_return_on: date | None) -> None:
    instrument.status = "suspended"
    instrument.status_reason, instrument.expected_return_on = reason, expected_return_on
    instrument.version += 1
    instrument.save(update_fields=["status", "status_reason", "expected_return_on", "version"])
