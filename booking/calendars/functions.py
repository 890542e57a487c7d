"""The database functions of sql/, by their names. All run inside the caller's transaction."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import connection

from core.windows import TimeWindow


def lock_resources(resource_ids: Collection[int]) -> list[int]:
    """Lock resources in key order, in one call at the start of a command. Returns the ids found.

    Waits at most 3 s; core.locks.retried_when_busy turns the failure into CalendarBusy.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM calendar_lock(%s::bigint[])", [sorted(set(resource_ids))])
        return [row[0] for row in cursor.fetchall()]


def take_claims(
    reservation_id: int, claims: Sequence[tuple[int, int]], window: TimeWindow, *, turns_around: bool
) -> None:
    """Claim (resource id, place) pairs for a reservation; free gaps are cut.

    turns_around: each resource's turnaround is blocked after the window.

    Raises IntegrityError of constraint claim_place_taken_once when one is taken.
    """
    resources, places = [resource for resource, _ in claims], [place for _, place in claims]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT claims_take(%s, %s::bigint[], %s::int[], %s, %s, %s)",
            [reservation_id, resources, places, window.starts_at, window.ends_at, turns_around],
        )


def release_claims(reservation_id: int, *, resource_ids: Collection[int] | None = None) -> list[int]:
    """Let go everything a reservation holds; the free gaps follow. Returns the resource ids.

    resource_ids: only of these.
    """
    with connection.cursor() as cursor:
        named = None if resource_ids is None else sorted(resource_ids)
        cursor.execute("SELECT * FROM claims_release(%s, %s::bigint[])", [reservation_id, named])
        return [row[0] for row in cursor.fetchall()]


def shorten_claims(reservation_id: int, *, agreed_end: datetime, ended_at: datetime) -> list[int]:
    """End a reservation's claims early; the turnaround follows the new end. Returns the resource ids."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM claims_shorten(%s, %s, %s)", [reservation_id, agreed_end, ended_at])
        return [row[0] for row in cursor.fetchall()]


def extend_gaps(resource_id: int, since: datetime, until: datetime) -> None:
    """Complete the free gaps of a locked resource up to `until`; `since` counts only the first time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT free_gaps_extend(%s, %s, %s)", [resource_id, since, until])


def fill_gaps(resource_ids: Collection[int], on: date, days: int) -> int:
    """Make the first free gaps of many resources that have none, from a local day on. Returns how many gaps."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT free_gaps_fill(%s::bigint[], %s, %s)", [list(resource_ids), on, days])
        return int(cursor.fetchone()[0])


def rebuild_gaps(resource_id: int, since: datetime, until: datetime | None = None) -> None:
    """Recompute the free gaps of a locked resource in [since, until); None: to the end of time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT free_gaps_rebuild(%s, tstzrange(%s, %s))", [resource_id, since, until])


def trim_gaps(resource_ids: Collection[int], before: datetime) -> int:
    """Forget gaps that were over before an instant. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT free_gaps_trim(%s::bigint[], %s)", [list(resource_ids), before])
        return int(cursor.fetchone()[0])


def revise(resource_id: int) -> int:
    """Make the revision of a locked resource one higher, once per transaction, and return it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT calendar_revise(ARRAY[%s]::bigint[])", [resource_id])
        cursor.execute("SELECT revision FROM calendars_resource WHERE id = %s", [resource_id])
        return int(cursor.fetchone()[0])


def revise_all(resource_ids: Collection[int]) -> dict[int, int]:
    """The same for many locked resources, in two statements: resource id → revision."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT calendar_revise(%s::bigint[])", [sorted(resource_ids)])
        cursor.execute("SELECT id, revision FROM calendars_resource WHERE id = ANY (%s)", [list(resource_ids)])
        return dict(cursor.fetchall())


def needs_taken(instrument_id: int, window: TimeWindow, *, modes: Collection[str] = ()) -> list[list[TimeWindow]]:
    """When what an instrument needs besides itself is taken, for each way to choose. Nothing needed: one way.

    modes: access modes whose own needs count too; none: what every use needs.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ranges FROM needs_taken(%s, tstzrange(%s, %s), '{}', %s::varchar[]) t (ranges)",
            [instrument_id, window.starts_at, window.ends_at, list(modes)],
        )
        return [[TimeWindow.of(part) for part in ranges] for (ranges,) in cursor.fetchall()]


def wrong_gaps(resource_id: int, since: datetime) -> list[tuple[str, int, int, datetime, datetime]]:
    """Where the stored gaps from an instant on differ from the truth; empty when right."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM free_gaps_wrong(%s, %s)", [resource_id, since])
        return list(cursor.fetchall())


def lock_instruments(instrument_ids: Collection[int]) -> list[int]:
    """lock_resources for the resources of these instruments, in the same single statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM calendar_lock(ARRAY(SELECT id FROM calendars_resource WHERE instrument_id = ANY(%s)))",
            [list(instrument_ids)],
        )
        return [row[0] for row in cursor.fetchall()]


def revisions_around(instrument_id: int) -> dict[int, int]:
    """The present revision of an instrument and of every other that shares something with it, by instrument id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT instrument_id, revision FROM calendars_resource WHERE instrument_id IS NOT NULL"
            " AND id = ANY (calendar_together(ARRAY(SELECT id FROM calendars_resource WHERE instrument_id = %s)))",
            [instrument_id],
        )
        return dict(cursor.fetchall())


def revisions_of_dependents(resource_id: int) -> dict[int, int]:
    """The present revision of every instrument that needs a resource, by instrument id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.instrument_id, r.revision FROM calendars_resourceneed n"
            " JOIN calendars_resource r ON r.instrument_id = n.instrument_id WHERE n.resource_id = %s",
            [resource_id],
        )
        return dict(cursor.fetchall())
