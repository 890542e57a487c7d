from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.viewers import Viewer
from core import events, history
from instruments.catalogue import details as given
from instruments.catalogue.commands.refresh_search import refresh_search
from instruments.catalogue.events import InstrumentChanged
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import locked_instrument


def update_instrument(
    *,
    viewer: Viewer,
    instrument_id: int,
    details: Mapping[str, Any],
    expected_version: int | None = None,
) -> Instrument:
    """Change what the catalogue says about an instrument. What is not in `details` stays.

    details: keys of instruments.catalogue.details.EDITABLE. expected_version: what the caller read, None
    when it does not matter. Details equal to the present ones change nothing.
    Raises: NotSignedIn, NotFound, Forbidden, Stale, InstrumentInvalid. Emits: InstrumentChanged.
    """
    with transaction.atomic(), history.acting(actor_id=viewer.user_id, command="update_instrument"):
        instrument = locked_instrument(viewer, instrument_id, expected_version=expected_version)
        changed = given.apply(instrument, details)
        if changed:
            instrument.version += 1
            instrument.save(update_fields=[*changed, "version"])
            refresh_search(instrument_ids=[instrument.pk])
            regrouped = "group_id" in changed
            events.publish(InstrumentChanged(instrument.institution_id, (instrument.pk,), regrouped))
    return instrument
