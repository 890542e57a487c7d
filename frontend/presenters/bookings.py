"""The list of one's bookings: coming and past, in pages."""

from dataclasses import dataclass
from typing import Final

from django.http import QueryDict
from django.urls import reverse

from accounts.viewers import Viewer
from booking.reservations.selectors.lists import past_of, upcoming_of
from booking.reservations.selectors.waitlist import entries_of
from frontend.presenters.booking_sheet import BookingSheet
from frontend.presenters.waiting import Waiting

PAGE: Final = 20
_DEEPEST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Bookings:
    """One page of each list, and all that is waited for, offers first.

    later, earlier: where they go on; first: back to the beginning.
    """

    waiting: list[Waiting]
    upcoming: list[BookingSheet]
    past: list[BookingSheet]
    later: str
    earlier: str
    first: str


def booking_lists(viewer: Viewer, given: QueryDict) -> Bookings:
    """Three queries. given: `upcoming` and `past`, how many to leave out."""
    skipped = {name: _number(given.get(name, "")) for name in ("upcoming", "past")}
    coming, past = skipped["upcoming"], skipped["past"]
    upcoming_rows = list(upcoming_of(viewer)[coming : coming + PAGE + 1])
    past_rows = list(past_of(viewer)[past : past + PAGE + 1])
    here = reverse("bookings")
    waiting = [Waiting(entry) for entry in entries_of(viewer)]
    return Bookings(
        waiting=sorted(waiting, key=lambda each: each.offer is None),
        upcoming=[BookingSheet(viewer, row) for row in upcoming_rows[:PAGE]],
        past=[BookingSheet(viewer, row) for row in past_rows[:PAGE]],
        later=f"{here}?upcoming={coming + PAGE}" if len(upcoming_rows) > PAGE else "",
        earlier=f"{here}?past={past + PAGE}#past" if len(past_rows) > PAGE else "",
        first=here if coming or past else "",
    )


def _number(text: str) -> int:
    return min(int(text), _DEEPEST) if text.isascii() and text.isdigit() and len(text) < 9 else 0
