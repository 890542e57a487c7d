"""Fetching an instrument and deciding what the viewer may do with it, in one step."""

from typing import Final, Literal

from django.db.models import Q

from accounts.models import Institution
from accounts.regions import significant
from accounts.viewers import Viewer
from core.errors import Forbidden, NotFound, NotSignedIn, Stale
from instruments.catalogue.models import Instrument, InstrumentStatus
from instruments.catalogue.querysets import InstrumentQuerySet

Action = Literal["view", "operate", "manage"]
_PUBLIC: Final = (InstrumentStatus.PUBLISHED, InstrumentStatus.SUSPENDED)


def visible_to(viewer: Viewer) -> InstrumentQuerySet:
    """Instruments the viewer may see: public ones, their institution's and their region's in any status."""
    if viewer.is_platform_admin:
        return Instrument.objects.all()
    condition = Q(status__in=_PUBLIC)
    if viewer.institution_ids:
        condition |= Q(institution_id__in=viewer.institution_ids)
    for region in viewer.reviewed_regions:
        condition |= Q(institution__region__startswith=significant(region))
    return Instrument.objects.filter(condition)


def is_visible(viewer: Viewer, *, status: str, institution_id: int, region: str) -> bool:
    """The same decision as `visible_to` about one instrument whose facts the caller has already read."""
    return (
        status in _PUBLIC
        or viewer.is_platform_admin
        or institution_id in viewer.institution_ids
        or any(region.startswith(significant(reviewed)) for reviewed in viewer.reviewed_regions)
    )


def access_instrument(viewer: Viewer, instrument_id: int, action: Action = "view") -> Instrument:
    """One instrument with its institution and category, for looking, operating or managing.

    Raises: NotFound when the viewer may not know of it, NotSignedIn or Forbidden when they may see it but
    not do this.
    """
    return _access(viewer, action, Q(pk=instrument_id))


def access_instrument_by_slug(viewer: Viewer, slug: str, action: Action = "view") -> Instrument:
    """The same by its address. Raises: NotFound, NotSignedIn, Forbidden."""
    return _access(viewer, action, Q(slug=slug if slug.isascii() and "\x00" not in slug else ""))


def locked_instrument(
    viewer: Viewer | None, instrument_id: int, *, expected_version: int | None = None
) -> Instrument:
    """One instrument to change, its row locked to the end of the transaction.

    The lock lets bookings go on: they only need the key. viewer None: the product itself.
    expected_version: what the caller read.
    Raises: NotFound, NotSignedIn, Forbidden, Stale.
    """
    if viewer is not None:
        access_instrument(viewer, instrument_id, "manage")
    instrument = Instrument.objects.select_for_update(no_key=True).filter(pk=instrument_id).first()
    if instrument is None:
        raise NotFound
    if expected_version is not None and instrument.version != expected_version:
        raise Stale(version=instrument.version)
    return instrument


def require_manager(viewer: Viewer, institution_id: int) -> None:
    """Whoever lists or imports instruments manages their institution. Raises: NotSignedIn, NotFound, Forbidden."""
    if viewer.is_anonymous:
        raise NotSignedIn
    if not Institution.objects.filter(pk=institution_id).exists():
        raise NotFound
    if not viewer.manages(institution_id):
        raise Forbidden


def _access(viewer: Viewer, action: Action, which: Q) -> Instrument:
    if viewer.is_anonymous and action != "view":
        raise NotSignedIn
    instrument = (
        visible_to(viewer).filter(which).select_related("institution", "category", "group").defer("search").first()
    )
    if instrument is None:
        raise NotFound
    if not _may(viewer, action, instrument.institution_id):
        raise Forbidden
    return instrument


def _may(viewer: Viewer, action: Action, institution_id: int) -> bool:
    if action == "manage":
        return viewer.manages(institution_id)
    return action == "view" or viewer.staffs(institution_id)
