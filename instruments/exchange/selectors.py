"""Reading imports."""

from django.db.models import QuerySet

from accounts.models import Role
from accounts.viewers import Viewer
from core.errors import NotFound, NotSignedIn
from instruments.exchange.models import ImportRow, ImportRun


def access_import(viewer: Viewer, import_id: int) -> ImportRun:
    """One import with its institution, for whoever manages that institution. Raises: NotSignedIn, NotFound."""
    if viewer.is_anonymous:
        raise NotSignedIn
    run = imports_of(viewer).filter(pk=import_id).first()
    if run is None:
        raise NotFound
    return run


def imports_of(viewer: Viewer) -> "QuerySet[ImportRun]":
    """The imports of the institutions the viewer manages, newest first."""
    runs = ImportRun.objects.select_related("institution").order_by("-pk")
    if viewer.is_platform_admin:
        return runs
    return runs.filter(institution_id__in=viewer.institutions_as(Role.MANAGER, Role.ADMIN))


def rows_of(run: ImportRun, verdict: str = "") -> "QuerySet[ImportRow]":
    """Its rows in the order of the file, missing ones last; only those with a verdict where one is given."""
    rows = ImportRow.objects.filter(run=run).order_by("pk")
    return rows.filter(verdict=verdict) if verdict else rows
