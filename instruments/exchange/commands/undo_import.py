from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.viewers import Viewer
from core import clock, events, history
from instruments.catalogue.commands import refresh_search
from instruments.catalogue.events import InstrumentChanged, InstrumentWithdrawn
from instruments.catalogue.models import Instrument, InstrumentStatus
from instruments.exchange.commands.locking import locked_import
from instruments.exchange.errors import ImportNotConfirmed, ImportOverlaid
from instruments.exchange.models import ImportRow, ImportRun, ImportState, Verdict

_MOST_NAMED: Final = 20
_BATCH: Final = 500
_FIELDS: Final = {field.name: field for field in Instrument._meta.concrete_fields}  # noqa: SLF001 - public API


def undo_import(*, viewer: Viewer | None, import_id: int) -> ImportRun:
    """Restore what a confirmed import changed. Undoing again changes nothing.

    Instruments it listed are retired, not deleted: the same row imported again brings them back under the
    same number. All or nothing: refused when a later import of the same source, or somebody, has changed
    one of its instruments since.
    Raises: NotSignedIn, NotFound, ImportNotConfirmed, ImportOverlaid.
    Emits: InstrumentChanged, InstrumentWithdrawn.
    """
    actor_id = viewer.user_id if viewer else None
    with transaction.atomic(), history.acting(actor_id=actor_id, command="undo_import", run=import_id):
        run = locked_import(viewer, import_id)
        if run.state == ImportState.UNDONE:
            return run
        if run.state != ImportState.CONFIRMED:
            raise ImportNotConfirmed
        _restore(
            run, list(ImportRow.objects.filter(run=run, version_after__isnull=False).order_by("instrument_id"))
        )
        run.state, run.undone_at, run.undone_by_id = ImportState.UNDONE, clock.now(), actor_id
        run.save(update_fields=["state", "undone_at", "undone_by"])
    return run


def _restore(run: ImportRun, rows: list[ImportRow]) -> None:
    touched = Instrument.objects.filter(pk__in=[row.instrument_id for row in rows]).defer("search")
    instruments = {i.pk: i for i in touched.order_by("pk").select_for_update(no_key=True)}
    _require_untouched(run, rows, instruments)
    fields = {"version", "status", "status_reason", "source_digest"}
    withdrawn: list[Instrument] = []
    restored: list[Instrument] = []
    for row in rows:
        instrument = instruments[row.instrument_id or 0]
        was_public = instrument.is_public
        before = _as_retired() if row.verdict == Verdict.NEW else row.before
        _put_back(instrument, before)
        fields |= before.keys()
        (withdrawn if was_public > instrument.is_public or row.verdict == Verdict.NEW else restored).append(
            instrument
        )
    Instrument.objects.bulk_update([*withdrawn, *restored], sorted(fields), batch_size=_BATCH)
    _let_earlier_be_undone(run, rows, instruments)
    _tell(run, withdrawn, restored)


def _require_untouched(run: ImportRun, rows: list[ImportRow], instruments: dict[int, Instrument]) -> None:
    later = ImportRow.objects.filter(
        run__institution=run.institution_id,
        run__source=run.source,
        run__state=ImportState.CONFIRMED,
        run__confirmed_at__gt=run.confirmed_at,
        version_after__isnull=False,
    )
    if later.exists():
        raise ImportOverlaid(_("A later import of the same source has been confirmed: undo that one first."))
    changed = [
        str(row.instrument_id)
        for row in rows
        if row.instrument_id not in instruments or instruments[row.instrument_id].version != row.version_after
    ]
    if changed:
        raise ImportOverlaid(
            _("%(count)d of its instruments have been changed since.") % {"count": len(changed)},
            instruments=[int(key) for key in changed[:_MOST_NAMED]],
        )


def _as_retired() -> dict[str, Any]:
    """Without a digest, so that a later preview knows that undoing retired it and calls it new again."""
    return {"status": InstrumentStatus.RETIRED, "status_reason": str(_("Import undone")), "source_digest": ""}


def _put_back(instrument: Instrument, before: dict[str, Any]) -> None:
    for name, value in before.items():
        setattr(instrument, name, _FIELDS[name].to_python(value))
    instrument.version += 1


def _let_earlier_be_undone(run: ImportRun, rows: list[ImportRow], instruments: dict[int, Instrument]) -> None:
    """What an earlier import left is there again, under a new version: remember that one in its rows."""
    left = {row.instrument_id: (row.version_after or 0) - (row.verdict != Verdict.MISSING) for row in rows}
    earlier = ImportRow.objects.filter(
        instrument__in=list(instruments), run__state=ImportState.CONFIRMED, version_after__isnull=False
    )
    again = [row for row in earlier.exclude(run=run) if row.version_after == left[row.instrument_id]]
    for row in again:
        row.version_after = instruments[row.instrument_id or 0].version
    ImportRow.objects.bulk_update(again, ["version_after"], batch_size=_BATCH)


def _tell(run: ImportRun, withdrawn: list[Instrument], restored: list[Instrument]) -> None:
    refresh_search(instrument_ids=[instrument.pk for instrument in restored])
    if withdrawn:
        events.publish(InstrumentWithdrawn(run.institution_id, tuple(i.pk for i in withdrawn)))
    if restored:
        events.publish(InstrumentChanged(run.institution_id, tuple(i.pk for i in restored)))
