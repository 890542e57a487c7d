"""Fetching reservations and calendars, and deciding who may do what, in one step."""

from typing import Final, Literal

from django.db.models import Q, QuerySet

from accounts.viewers import Viewer
from booking.calendars.models import Resource
from booking.reservations.models import CHANGEABLE, Reservation
from booking.reservations.rules.registry import USES
from core.errors import Forbidden, NotFound, NotSignedIn
from instruments.catalogue.selectors import visible_to

Action = Literal["view", "change", "manage"]
_RELATED: Final = ("instrument__institution", "user", "account")


def reservations_visible_to(viewer: Viewer) -> "QuerySet[Reservation]":
    """Own ones and those of one's firms, staff: their institutions', reviewers: their region's."""
    if viewer.is_anonymous:
        raise NotSignedIn
    reservations = Reservation.objects.select_related(*_RELATED)
    if viewer.is_platform_admin:
        return reservations
    mine = Q(user_id=viewer.user_id)
    if viewer.enterprise_ids:
        mine |= Q(account_id__in=viewer.enterprise_ids)
    if viewer.institution_ids:
        staffed = [pk for pk in viewer.institution_ids if viewer.staffs(pk)]
        mine |= Q(instrument__institution_id__in=staffed)
    for region in viewer.reviewed_regions:
        mine |= Q(instrument__institution__region__startswith=region)
    return reservations.filter(mine)


def access_reservation(viewer: Viewer, reservation_id: int, action: Action = "view") -> Reservation:
    """One reservation. change: its user, who booked it, or staff; manage: staff.

    Raises: NotSignedIn, NotFound when the viewer may not see it, Forbidden when only not do this.
    """
    reservation = reservations_visible_to(viewer).filter(pk=reservation_id).first()
    if reservation is None:
        raise NotFound
    if not _may(viewer, reservation, action):
        raise Forbidden
    return reservation


def may_change_now(viewer: Viewer, reservation: Reservation) -> bool:
    """Whether the viewer could cancel it at present."""
    return reservation.status in CHANGEABLE and _may(viewer, reservation, "change")


def _may(viewer: Viewer, reservation: Reservation, action: Action) -> bool:
    if action == "view" or viewer.staffs(reservation.instrument.institution_id):
        return True
    own = viewer.user_id is not None and viewer.user_id == reservation.user_id
    return action == "change" and own and reservation.kind in USES


def access_calendar(viewer: Viewer, instrument_id: int) -> Resource:
    """The calendar of an instrument the viewer may see, with instrument and institution. Raises: NotFound."""
    resource = (
        Resource.objects.filter(instrument__in=visible_to(viewer).filter(pk=instrument_id))
        .select_related("instrument__institution")
        .defer("instrument__search")
        .first()
    )
    if resource is None:
        raise NotFound
    return resource
