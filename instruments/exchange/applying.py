"""Writing the rows of an import into the catalogue, in bulk, inside the caller's transaction."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

from core import clock, events
from instruments.catalogue.commands import refresh_search
from instruments.catalogue.events import InstrumentChanged, InstrumentListed, InstrumentPublished
from instruments.catalogue.identity import number_of, reserved_ids, slug_of
from instruments.catalogue.models import Instrument, InstrumentStatus
from instruments.exchange.models import ImportRow, ImportRun, Verdict

BATCH: Final = 500
_REMEMBER: Final = """
    UPDATE exchange_importrow AS row
    SET instrument_id = done.instrument, before = done.before::jsonb, version_after = done.version
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[]) AS done (id, instrument, before, version)
    WHERE row.id = done.id
"""
"""One statement; bulk_update takes a third of the whole import for the same."""


@dataclass(slots=True)
class Applied:
    """The instruments that were touched, by what happened to them, and the fields that were written."""

    created: list[Instrument] = field(default_factory=list)
    revived: list[Instrument] = field(default_factory=list)
    changed: list[Instrument] = field(default_factory=list)
    published: list[Instrument] = field(default_factory=list)
    missing: list[Instrument] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)


def apply(run: ImportRun, rows: list[ImportRow], instruments: dict[int, Instrument], *, publish: bool) -> None:
    """Do what the verdicts say and remember in each row what was there before.

    instruments: by id, those of this source, locked. publish: what the file names is published at once,
    drafts of earlier imports too. Emits: InstrumentListed, InstrumentChanged, InstrumentPublished.
    """
    applied = Applied()
    _create(run, [row for row in rows if row.verdict == Verdict.NEW and not row.instrument_id], applied)
    for row in rows:
        if row.instrument_id in instruments:
            _write(row, instruments[row.instrument_id], applied)
    if publish:
        _publish(rows, instruments | {i.pk: i for i in applied.created}, applied)
    _save(applied)
    _remember(rows, applied)
    _tell(run, applied)


def _create(run: ImportRun, rows: list[ImportRow], applied: Applied) -> None:
    for row, key in zip(rows, reserved_ids(len(rows)), strict=True):
        row.instrument_id = key
        names = (row.values.get("name_en", ""), row.values.get("description", ""))
        applied.created.append(
            Instrument(
                pk=key,
                institution_id=run.institution_id,
                number=number_of(key),
                slug=slug_of(key, names),
                source=run.source,
                source_id=row.source_id,
                source_digest=row.digest,
                **row.values,
            )
        )


def _write(row: ImportRow, instrument: Instrument, applied: Applied) -> None:
    if row.verdict == Verdict.NEW:
        values = row.values | {"status": InstrumentStatus.DRAFT, "status_reason": "", "source_digest": row.digest}
        _set(row, instrument, values | {"missing_since": None}, applied)
        applied.revived.append(instrument)
    elif row.verdict == Verdict.CHANGED:
        values = {name: then for name, (__, then) in row.changes.items()}
        _set(row, instrument, values | {"source_digest": row.digest, "missing_since": None}, applied)
        applied.changed.append(instrument)
    elif row.verdict == Verdict.MISSING:
        _set(row, instrument, {"missing_since": clock.now()}, applied)
        applied.missing.append(instrument)


def _set(row: ImportRow, instrument: Instrument, values: dict[str, Any], applied: Applied) -> None:
    """Change fields and remember in the row what they were; a point in time as its ISO text."""
    for name, value in values.items():
        now = getattr(instrument, name)
        if now != value:
            row.before.setdefault(name, now.isoformat() if hasattr(now, "isoformat") else now)
            setattr(instrument, name, value)
            applied.fields.add(name)


def _publish(rows: Iterable[ImportRow], instruments: dict[int, Instrument], applied: Applied) -> None:
    """Drafts that the file names; a row that says only UNKNOWN stays a draft."""
    for row in rows:
        instrument = instruments.get(row.instrument_id or 0)
        listed = row.verdict in (Verdict.NEW, Verdict.CHANGED, Verdict.UNCHANGED) and row.is_named
        if instrument and listed and instrument.status == InstrumentStatus.DRAFT:
            _set(row, instrument, {"status": InstrumentStatus.PUBLISHED}, applied)
            applied.published.append(instrument)


def _save(applied: Applied) -> None:
    Instrument.objects.bulk_create(applied.created, batch_size=BATCH)
    written = {i.pk: i for i in (*applied.revived, *applied.changed, *applied.published)}
    existing = [written[key] for key in written.keys() - {i.pk for i in applied.created}]
    for instrument in existing:
        instrument.version += 1
    Instrument.objects.bulk_update(
        [*existing, *applied.missing], sorted(applied.fields | {"version"}), batch_size=BATCH
    )
    refresh_search(instrument_ids=[i.pk for i in (*applied.created, *applied.revived, *applied.changed)])


def _remember(rows: list[ImportRow], applied: Applied) -> None:
    touched = (*applied.created, *applied.revived, *applied.changed, *applied.published, *applied.missing)
    versions = {instrument.pk: instrument.version for instrument in touched}
    remembered = [row for row in rows if row.instrument_id in versions and row.verdict != Verdict.REJECTED]
    columns = (
        [row.pk for row in remembered],
        [row.instrument_id for row in remembered],
        [json.dumps(row.before) for row in remembered],
        [versions[row.instrument_id or 0] for row in remembered],
    )
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, columns)


def _tell(run: ImportRun, applied: Applied) -> None:
    told = (
        (InstrumentListed, [*applied.created, *applied.revived]),
        (InstrumentChanged, applied.changed),
        (InstrumentPublished, applied.published),
    )
    for event, instruments in told:
        if instruments:
            events.publish(event(run.institution_id, tuple(instrument.pk for instrument in instruments)))
