"""Requests that wait for somebody's decision."""

from django.db.models import QuerySet

from accounts.models import Role
from accounts.viewers import Viewer
from booking.reservations.models import Reservation, Status
from booking.reservations.selectors.access import with_related
from core import clock


def requests_before(viewer: Viewer) -> "QuerySet[Reservation]":
    """Requests at the institutions whose staff the viewer is, oldest first; those that lapsed are left out."""
    return with_related(_waiting(viewer)).order_by("created_at", "pk")


def count_requests(viewer: Viewer, *, most: int) -> int:
    """How many there are, counted no further than `most`. One query, over requests alone."""
    return _waiting(viewer).values("pk")[:most].count()


def _waiting(viewer: Viewer) -> "QuerySet[Reservation]":
    waiting = Reservation.objects.filter(status=Status.REQUESTED, request_expires_at__gt=clock.now())
    if viewer.is_platform_admin:
        return waiting
    staffed = viewer.institutions_as(Role.OPERATOR, Role.MANAGER, Role.ADMIN)
    return waiting.filter(instrument__institution_id__in=staffed)
