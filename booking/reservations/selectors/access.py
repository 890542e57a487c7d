"""Fetching reservations and calendars, and deciding who may do what, in one step."""

from datetime import datetime
from typing import Final, Literal, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.viewers import Viewer
from booking.reservations.models import CHANGEABLE, Reservation
from booking.reservations.rules.registry import USES
from core.errors import Forbidden, NotFound, NotSignedIn
from instruments.catalogue.selectors import is_visible

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


# The most frequent read of all (an unchanged week), so written by hand: 0.2 ms instead of 3.
_CALENDAR = """
    SELECT r.id, r.instrument_id, r.institution_id, n.zone, r.capacity, r.turnaround_minutes, r.revision,
           r.gaps_until, i.status, n.region
    FROM calendars_resource r
    JOIN catalogue_instrument i ON i.id = r.instrument_id
    JOIN accounts_institution n ON n.id = r.institution_id
    WHERE r.instrument_id = %s
"""


class CalendarHead(NamedTuple):
    """An instrument's calendar without its contents. zone: IANA; gaps_until: aware UTC; pk: the resource's."""

    pk: int
    instrument_id: int
    institution_id: int
    zone: str
    capacity: int
    turnaround_minutes: int
    revision: int
    gaps_until: datetime | None


def access_calendar(viewer: Viewer, instrument_id: int) -> CalendarHead:
    """The calendar of an instrument the viewer may see. One query. Raises: NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_CALENDAR, [min(instrument_id, 2**63 - 1)])
        row = cursor.fetchone()
    if row is None or not is_visible(viewer, status=row[8], institution_id=row[2], region=row[9]):
        raise NotFound
    return CalendarHead(*row[:8])
