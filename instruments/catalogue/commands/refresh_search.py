from collections.abc import Collection, Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from instruments.catalogue.models import Instrument
from instruments.catalogue.querysets import InstrumentQuerySet
from instruments.catalogue.search import vector_text

BATCH = 1_000
MOST_NAMED = 10_000

_SUBJECTS = ("institution", "category", "category__parent", "category__parent__parent")
_FOREIGN = {
    f"{subject.replace('__', '_')}_{language}": F(f"{subject}__{language}")
    for subject in _SUBJECTS
    for language in ("name_zh", "name_en")
}
_NAMES = ("name_zh", "name_en")
_IDENTITY = ("model", "manufacturer", "number", *(name for name in _FOREIGN if name.startswith("category")))
_CONTEXT = (
    "institution_name_zh",
    "institution_name_en",
    "department",
    "location",
    "services",
    "methods",
)
_BODY = ("description", "technical_indicators", "country", "sample_requirements")
_WRITE = """
    UPDATE catalogue_instrument AS instrument SET search = fresh.vector::tsvector
    FROM unnest(%s::bigint[], %s::text[]) AS fresh (id, vector)
    WHERE instrument.id = fresh.id
"""


def refresh_search(*, instrument_ids: Collection[int] | None = None) -> int:
    """Recompute what search knows about these instruments (None: about all), and return how many.

    Two statements per thousand. Every writer of names, texts, categories or institutions calls it; a bulk
    seed calls it once at its end, or writes search.vector_text itself.
    """
    every = Instrument.objects.order_by("pk")
    with transaction.atomic():
        if instrument_ids is None:
            return _refreshed(every)
        # A statement may have 65,535 parameters.
        ids = sorted(instrument_ids)
        chunks = (ids[first : first + MOST_NAMED] for first in range(0, len(ids), MOST_NAMED))
        return sum(_refreshed(every.filter(pk__in=chunk)) for chunk in chunks)


def _refreshed(instruments: InstrumentQuerySet) -> int:
    fields = ("pk", *_NAMES, "model", "manufacturer", "number", *_CONTEXT[2:], *_BODY)
    rows = instruments.annotate(**_FOREIGN).values(*fields, *_FOREIGN)
    return sum(_write(batch) for batch in _batches(rows.iterator(BATCH)))


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(rows: list[dict[str, Any]]) -> int:
    vectors = [vector_of(row) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [[row["pk"] for row in rows], vectors])
    return len(rows)


def vector_of(row: dict[str, Any]) -> str:
    """The vector of one instrument from its fields; what has no name is named by its description."""
    names = [row[field] for field in _NAMES if row.get(field)] or [row.get("description") or ""]
    return vector_text(names=names, identity=_of(row, _IDENTITY), context=_of(row, _CONTEXT), body=_of(row, _BODY))


def _of(row: dict[str, Any], fields: tuple[str, ...]) -> list[str]:
    return [row[field] for field in fields if row.get(field)]
