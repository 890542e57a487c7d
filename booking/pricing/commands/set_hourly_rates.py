"""Publish a rate card."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from psycopg.types.range import DateRange

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.pricing.models import HourlyRate, RateCard
from core.errors import Forbidden
from core.history import acting
from instruments.catalogue.models import Instrument


@transaction.atomic
def set_hourly_rates(
    *, viewer: Viewer, instrument: Instrument, hourly_fen: Mapping[Tier, int], from_on: date
) -> RateCard:
    """From a local date on an hour costs this, per tier; cards of earlier dates end there.

    A tier that is left out has no price. Existing bookings keep their frozen quote. Raises: Forbidden.
    """
    if not viewer.manages(instrument.institution_id):
        raise Forbidden
    with acting(actor_id=viewer.user_id, command="set_hourly_rates"):
        # The instrument's row stands for its cards: the first ones of two managers would not meet otherwise.
        Instrument.objects.select_for_update(no_key=True).values("pk").get(pk=instrument.pk)
        cards = RateCard.objects.filter(instrument=instrument)
        for card in cards.filter(valid__startswith__gte=from_on):
            card.delete()
        for card in cards.filter(valid__contains=from_on):
            card.valid = DateRange(card.valid.lower, from_on)
            card.save(update_fields=["valid"])
        card = RateCard.objects.create(instrument=instrument, valid=DateRange(from_on, None))
        HourlyRate.objects.bulk_create(
            HourlyRate(card=card, tier=tier, hourly_fen=fen) for tier, fen in hourly_fen.items()
        )
    return card
