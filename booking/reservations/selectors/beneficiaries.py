"""Whose a booking is: a person's, or that of a firm which names no person (ADR 0014)."""

from django.db.models import Q

from accounts.viewers import Viewer
from booking.reservations.errors import FirmUnknown
from booking.reservations.models import Reservation
from core.errors import Forbidden, NotSignedIn


def refuse_strangers(viewer: Viewer, account_id: int | None, *, behalf_at: int | None = None) -> None:
    """Booking takes a person, and for a firm one of its own.

    behalf_at: the institution where it is booked on behalf of the firm, by somebody who may. Whether there is such
    a firm is seen by `read_context`. Raises: NotSignedIn, Forbidden, FirmUnknown.
    """
    if viewer.user_id is None:
        raise NotSignedIn
    if behalf_at is None:
        if account_id is not None and account_id not in viewer.enterprise_ids:
            raise Forbidden
    elif not viewer.books_for_firms(behalf_at):
        raise Forbidden
    elif not viewer.books_for_every_firm(behalf_at) and account_id not in viewer.assigned_firm_ids:
        raise FirmUnknown


def is_own(viewer: Viewer, reservation: Reservation) -> bool:
    """Whether it is the viewer's: booked for them, by them, or for a firm of theirs without naming a person."""
    if viewer.user_id is None:
        return False
    if viewer.user_id in (reservation.user_id, reservation.booked_by_id):
        return True
    return reservation.user_id is None and reservation.account_id in viewer.enterprise_ids


def held_by(viewer: Viewer) -> Q:
    """Holds of the viewer's: for themselves, or on behalf of a firm. Raises: NotSignedIn."""
    return Q(user_id=viewer.person_id) | Q(user__isnull=True, booked_by_id=viewer.person_id)


def owned_by(viewer: Viewer) -> Q:
    """The same as a condition, for bookings: closures have no firm. Raises: NotSignedIn."""
    on_behalf = Q(account_id__in=viewer.enterprise_ids) | Q(booked_by_id=viewer.person_id)
    return Q(user_id=viewer.person_id) | Q(on_behalf, user__isnull=True, account__isnull=False)
