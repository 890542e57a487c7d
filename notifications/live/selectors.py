"""Reads for the sockets: revisions by instrument id, by primary key."""

from collections.abc import Collection

from accounts.viewers import Viewer
from booking.calendars.models import Resource
from instruments.catalogue.selectors import visible_to


def revisions(instrument_ids: Collection[int]) -> dict[int, int]:
    """The present revision of each instrument's calendar. One query."""
    found = Resource.objects.filter(instrument_id__in=instrument_ids)
    return dict(found.values_list("instrument_id", "revision"))


def visible_revisions(viewer: Viewer, instrument_ids: Collection[int]) -> dict[int, int]:
    """The same, of those the viewer may see. One query."""
    visible = visible_to(viewer).filter(pk__in=instrument_ids).values("pk")
    found = Resource.objects.filter(instrument_id__in=visible)
    return dict(found.values_list("instrument_id", "revision"))
