from django.db import transaction
from django.utils.translation import ngettext

from accounts.viewers import Viewer
from core import clock, history
from instruments.exchange.applying import apply
from instruments.exchange.commands.locking import locked_import
from instruments.exchange.errors import CatalogueChanged, ImportUndone, RowsRejected
from instruments.exchange.models import ImportRun, ImportState, Verdict
from instruments.exchange.selectors import rows_of
from instruments.exchange.verdicts import listed, seen_digest


def confirm_import(
    *, viewer: Viewer | None, import_id: int, publish: bool = False, skip_rejected: bool = False
) -> ImportRun:
    """Apply a previewed import: all its rows or none. Confirming again changes nothing.

    viewer: None is the product itself, from the command line. publish: publish what the file names, instead
    of leaving drafts. skip_rejected: leave the rejected rows out; without it one of them stops everything.
    Raises: NotSignedIn, NotFound, RowsRejected, CatalogueChanged, ImportUndone.
    Emits: InstrumentListed, InstrumentChanged, InstrumentPublished.
    """
    actor_id = viewer.user_id if viewer else None
    with transaction.atomic(), history.acting(actor_id=actor_id, command="confirm_import", run=import_id):
        run = locked_import(viewer, import_id)
        if run.state == ImportState.CONFIRMED:
            return run
        _require_confirmable(run, skip_rejected=skip_rejected)
        instruments = list(listed(run).select_for_update(no_key=True))
        if seen_digest(instruments) != run.seen:
            raise CatalogueChanged
        apply(run, list(rows_of(run)), {i.pk: i for i in instruments}, publish=publish)
        run.state, run.published = ImportState.CONFIRMED, publish
        run.confirmed_at, run.confirmed_by_id = clock.now(), actor_id
        run.save(update_fields=["state", "published", "confirmed_at", "confirmed_by"])
    return run


def _require_confirmable(run: ImportRun, *, skip_rejected: bool) -> None:
    if run.state == ImportState.UNDONE:
        raise ImportUndone
    rejected = run.counts[Verdict.REJECTED]
    if rejected and not skip_rejected:
        detail = ngettext(
            "%(count)d row is rejected: correct the file, or leave it out explicitly.",
            "%(count)d rows are rejected: correct the file, or leave them out explicitly.",
            rejected,
        )
        raise RowsRejected(detail % {"count": rejected}, rejected=rejected)
