"""Which rule values are in force for an instrument, and where they come from."""

import json

from django.db import connection

from accounts.models import Tier
from booking.reservations.policy_values import Effective, StoredValue, effective_values
from booking.reservations.rules.registry import defaults
from instruments.catalogue.models import Instrument


def stored_values(instrument: Instrument) -> list[StoredValue]:
    """Every stored value that bears on an instrument, of all levels and tiers. One query."""
    return stored_values_at(instrument.pk, instrument.group_id, instrument.institution_id)


def stored_values_at(
    instrument_id: int | None, group_id: int | None, institution_id: int | None
) -> list[StoredValue]:
    """The same for whatever is known of where one looks: of an institution alone, its own and the platform's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reservation_policy(%s, %s, %s)", [instrument_id, group_id, institution_id])
        document = cursor.fetchone()[0]
    rows = json.loads(document) if isinstance(document, str) else document
    return [StoredValue(*row) for row in rows]


def policy_in_force(instrument: Instrument, tier: Tier) -> dict[str, Effective]:
    """The value in force of every rule that has one, for a tier. One query."""
    return effective_values(stored_values(instrument), tier, defaults())
