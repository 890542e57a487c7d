"""Finding the booking that a person already has."""

from accounts.viewers import Viewer
from booking.reservations.commands.book import Wanted
from booking.reservations.selectors.lists import upcoming_of
from core.windows import TimeWindow
from instruments.catalogue.models import Instrument


def same_booking(viewer: Viewer, instrument: Instrument, window: TimeWindow, wanted: Wanted) -> int | None:
    """The id of the viewer's own live booking of exactly this window for the same firm."""
    same = upcoming_of(viewer).filter(
        instrument=instrument,
        during__startswith=window.starts_at,
        during__endswith=window.ends_at,
        account_id=wanted.account_id,
    )
    return same.values_list("pk", flat=True).first()
