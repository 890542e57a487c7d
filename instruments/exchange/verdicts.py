"""What each row means for the catalogue as it is now."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from instruments.catalogue.models import Instrument, InstrumentStatus
from instruments.exchange.models import ImportRow, ImportRun, ImportState, Verdict
from instruments.exchange.notes import Note
from instruments.exchange.rows import Understood


def listed(run: ImportRun) -> "QuerySet[Instrument]":
    """The instruments that came from this institution's source, whatever has become of them."""
    of_source = Instrument.objects.filter(institution=run.institution_id, source=run.source)
    return of_source.exclude(source_id="").defer("search").order_by("pk")


def seen_digest(instruments: Iterable[Instrument]) -> str:
    """A digest of everything a preview compares with; differs when any of these instruments changed."""
    facts = [(i.pk, i.source_id, i.source_digest, i.version, i.missing_since is None) for i in instruments]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def judged(run: ImportRun, rows: list[Understood], instruments: list[Instrument]) -> list[ImportRow]:
    """One row of the import per row of the file, then one for each instrument that vanished from it."""
    by_identity = {instrument.source_id: instrument for instrument in instruments}
    imported = _last_imported(
        [i.pk for row in rows if (i := by_identity.get(row.identity)) and i.source_digest not in (row.digest, "")]
    )
    result = [_judged(run, row, by_identity.get(row.identity), imported) for row in rows]
    here = {row.identity or row.parsed.source_id for row in rows}
    return result + [_vanished(run, i) for i in instruments if _has_vanished(i, here)]


def _last_imported(instrument_ids: list[int]) -> dict[int, Mapping[str, Any]]:
    """What the last confirmed import said about these instruments."""
    confirmed = ImportRow.objects.filter(
        instrument__in=instrument_ids,
        run__state=ImportState.CONFIRMED,
        verdict__in=(Verdict.NEW, Verdict.CHANGED, Verdict.UNCHANGED),
    )
    latest = confirmed.order_by("instrument_id", "-id").distinct("instrument_id")
    return dict(latest.values_list("instrument_id", "values"))


def _judged(
    run: ImportRun, row: Understood, instrument: Instrument | None, imported: dict[int, Mapping[str, Any]]
) -> ImportRow:
    result = ImportRow(
        run=run,
        number=row.number,
        source_id=row.identity,
        digest=row.digest,
        is_named=row.parsed.is_named,
        original=row.original,
        values=row.parsed.values,
    )
    notes = list(row.parsed.notes)
    if row.parsed.rejected:
        result.verdict = Verdict.REJECTED
        notes = row.parsed.rejected + notes
    elif instrument is None or _was_withdrawn(instrument):
        result.verdict, result.instrument = Verdict.NEW, instrument
    else:
        result.instrument = instrument
        notes += _compared(result, instrument, imported.get(instrument.pk, {}))
    result.notes = [note.as_json() for note in notes]
    return result


def _compared(row: ImportRow, instrument: Instrument, imported: Mapping[str, Any]) -> list[Note]:
    """Set verdict and changes against the instrument the row is about; say what is special.

    Only what the source changed since its last import is written, so that edits in the catalogue survive
    wherever the source did not change the same field.
    """
    notes = [Note("returned")] if instrument.missing_since else []
    if instrument.source_digest == row.digest:
        row.verdict = Verdict.CHANGED if notes else Verdict.UNCHANGED
        return notes
    row.verdict = Verdict.CHANGED
    for field, then in row.values.items():
        now = getattr(instrument, field)
        if then in (now, imported.get(field)):
            continue
        row.changes[field] = [now, then]
        if field in imported and now != imported[field]:
            notes.append(Note("edited_here", {"field": field}))
    return notes if row.changes else [*notes, Note("nothing_shown_changed")]


def _was_withdrawn(instrument: Instrument) -> bool:
    """Whether undoing its import retired it (see commands.undo_import); its row is new once more."""
    return instrument.status == InstrumentStatus.RETIRED and not instrument.source_digest


def _has_vanished(instrument: Instrument, here: set[str]) -> bool:
    known = instrument.missing_since or instrument.status == InstrumentStatus.RETIRED
    return not known and instrument.source_id not in here


def _vanished(run: ImportRun, instrument: Instrument) -> ImportRow:
    return ImportRow(
        run=run,
        number=0,
        verdict=Verdict.MISSING,
        instrument=instrument,
        source_id=instrument.source_id,
        values={
            "name_zh": instrument.name_zh,
            "name_en": instrument.name_en,
            "description": instrument.description,
        },
        notes=[Note("vanished").as_json()],
    )
