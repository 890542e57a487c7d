"""Keep the daily facts true."""

from collections.abc import Callable, Sequence
from datetime import date

from django.db import connection, transaction

from instruments.catalogue.models import Instrument

AT_ONCE = 100
"""Instruments per transaction: a year of them takes about a second."""

_REFRESH = "SELECT daily_facts_refresh(%s, %s, %s)"


def refresh_facts(
    *,
    from_on: date,
    until_on: date,
    instrument_ids: Sequence[int] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Recompute the facts of local days [from_on, until_on); None: of all instruments. Idempotent.

    Instrument by instrument, in id order, in short transactions; a day is that of the institution's zone.
    progress is called with (done, total) instruments. Returns how many facts changed.
    """
    ids = sorted(instrument_ids) if instrument_ids is not None else _all_ids()
    changed = 0
    for start in range(0, len(ids), AT_ONCE):
        chunk = ids[start : start + AT_ONCE]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_REFRESH, [chunk, from_on, until_on])
            changed += int(cursor.fetchone()[0])
        progress(start + len(chunk), len(ids))
    return changed


def _all_ids() -> list[int]:
    return list(Instrument.objects.order_by("pk").values_list("pk", flat=True))
