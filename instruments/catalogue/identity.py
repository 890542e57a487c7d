"""The keys of an instrument that never change: id, number and slug, also for thousands at once."""

from collections.abc import Iterable

from django.db import connection
from django.utils.text import slugify

_NEXT_IDS = """
    SELECT nextval(pg_get_serial_sequence('catalogue_instrument', 'id')) FROM generate_series(1, %s)
"""


def reserved_ids(count: int) -> list[int]:
    """Ids that no other instrument will get."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_IDS, [count])
        return [key for (key,) in cursor.fetchall()]


def number_of(instrument_id: int) -> str:
    """The immutable number. In SQL: 'BS' || lpad(id::text, 8, '0')."""
    return f"BS{instrument_id:08d}"


def slug_of(instrument_id: int, names: Iterable[str]) -> str:
    """A readable address, unique by its id: the first name that has Latin letters, else `instrument`."""
    readable = next(filter(None, (slugify(name)[:80].strip("-") for name in names)), "instrument")
    return f"{readable}-{instrument_id}"
