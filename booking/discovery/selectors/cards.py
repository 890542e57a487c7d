"""Cards: instruments as this viewer sees them, with price and next free time."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from accounts.viewers import Viewer
from booking.discovery.selectors.searches import Card
from booking.pricing.selectors import hourly_fen_by_instrument
from booking.reservations.selectors.offers import NextFree, next_free
from core import clock
from core.windows import zone
from instruments.catalogue.models import Instrument

RELATED: Final = ("institution", "category")
"""What a card shows besides the instrument."""


def cards_for(viewer: Viewer, instruments: Sequence[Instrument]) -> list[Card]:
    """Cards of instruments the viewer was shown, in their order. Two statements for all."""
    wanted = [(instrument.pk, viewer.tier_at(instrument.institution_id)) for instrument in instruments]
    prices = hourly_fen_by_instrument(wanted, local_today(instruments))
    free = next_free(wanted) if wanted else {}
    return [
        Card(instrument, tier, prices.get(instrument.pk), _bookable(instrument, free.get(instrument.pk)))
        for instrument, (_, tier) in zip(instruments, wanted, strict=True)
    ]


def _bookable(instrument: Instrument, free: NextFree | None) -> NextFree | None:
    """A suspended instrument has free gaps, but nobody can book them."""
    if free is None or instrument.status == "published":
        return free
    return NextFree(free.revision, None, is_now=False)


def local_today(instruments: Sequence[Instrument]) -> date:
    """The local date that prices are read for: of the first instrument's institution, else of UTC."""
    name = instruments[0].institution.zone if instruments else "UTC"
    return clock.today(zone(name))
