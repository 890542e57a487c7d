from django.db import transaction

from accounts.viewers import Viewer
from core import events, history
from instruments.catalogue.errors import InstrumentRetired
from instruments.catalogue.events import InstrumentPublished
from instruments.catalogue.models import Instrument, InstrumentStatus
from instruments.catalogue.selectors import locked_instrument


def publish_instrument(
    *, viewer: Viewer | None, instrument_id: int, expected_version: int | None = None
) -> Instrument:
    """Let everybody see an instrument: a draft for the first time, a suspended one again.

    viewer: who does it; None: the product, because a fault is resolved. What is published stays as it is.
    Raises: NotSignedIn, NotFound, Forbidden, Stale, InstrumentRetired. Emits: InstrumentPublished.
    """
    actor_id = None if viewer is None else viewer.user_id
    with transaction.atomic(), history.acting(actor_id=actor_id, command="publish_instrument"):
        instrument = locked_instrument(viewer, instrument_id, expected_version=expected_version)
        if instrument.status == InstrumentStatus.RETIRED:
            raise InstrumentRetired
        if instrument.status != InstrumentStatus.PUBLISHED:
            instrument.status = InstrumentStatus.PUBLISHED
            instrument.status_reason, instrument.expected_return_on = "", None
            instrument.version += 1
            instrument.save(update_fields=["status", "status_reason", "expected_return_on", "version"])
            events.publish(InstrumentPublished(instrument.institution_id, (instrument.pk,)))
    return instrument
