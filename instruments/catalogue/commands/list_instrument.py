from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.viewers import Viewer
from core import events, history
from instruments.catalogue import details as given
from instruments.catalogue.commands.refresh_search import refresh_search
from instruments.catalogue.events import InstrumentListed
from instruments.catalogue.identity import number_of, reserved_ids, slug_of
from instruments.catalogue.models import Instrument
from instruments.catalogue.selectors import require_manager


def list_instrument(*, viewer: Viewer, institution_id: int, details: Mapping[str, Any]) -> Instrument:
    """List a new instrument of an institution as a draft.

    details: keys of instruments.catalogue.details.EDITABLE.
    Raises: NotSignedIn, NotFound, Forbidden, InstrumentInvalid. Emits: InstrumentListed.
    """
    require_manager(viewer, institution_id)
    with transaction.atomic(), history.acting(actor_id=viewer.user_id, command="list_instrument"):
        instrument = Instrument(institution_id=institution_id)
        given.apply(instrument, details)
        (instrument.pk,) = reserved_ids(1)
        instrument.number = number_of(instrument.pk)
        instrument.slug = slug_of(instrument.pk, (instrument.name_en, instrument.model, instrument.description))
        instrument.save(force_insert=True)
        refresh_search(instrument_ids=[instrument.pk])
        events.publish(InstrumentListed(institution_id=institution_id, instrument_ids=(instrument.pk,)))
    return instrument
