from accounts.models import Institution
from accounts.viewers import Viewer
from core.errors import NotFound
from instruments.exchange.models import ImportRun
from instruments.exchange.selectors import access_import


def locked_import(viewer: Viewer | None, import_id: int) -> ImportRun:
    """The import to confirm or undo; until the end of the transaction nobody else changes this institution's.

    Locks the import, then the institution (bookings only need its key and go on).
    Raises: NotSignedIn, NotFound.
    """
    if viewer:
        access_import(viewer, import_id)
    run = ImportRun.objects.select_for_update().filter(pk=import_id).first()
    if run is None:
        raise NotFound
    Institution.objects.select_for_update(no_key=True).get(pk=run.institution_id)
    return run
