"""Who did what to a reservation, from the rows that the triggers wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.apps import apps

from accounts.models import User
from booking.reservations.models import Reservation

FILLED: Final = ("access_mode", "answers", "participants", "sample_declaration")
"""What only those see who may read what was filled in."""

SHOWN: Final = (
    "status",
    "instrument_id",
    "during",
    "places",
    "purpose",
    "note",
    *FILLED,
    "total_fen",
    "fee_fen",
    "fee_waived",
    "used_from",
    "used_until",
    "account_id",
)


@dataclass(frozen=True, slots=True)
class Change:
    """A field that changed; ranges as (start, end), aware UTC."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One command on the reservation. actor None: the product itself. run_by: the names of those who run it from
    then on and did not before.
    """

    at: datetime
    command: str
    actor: User | None
    reason: str
    changes: tuple[Change, ...]
    run_by: tuple[str, ...] = ()


def history_of(reservation: Reservation, *, with_filled: bool = True) -> list[Entry]:
    """The history of a reservation, oldest first. Two queries. with_filled: also changes of what was filled in."""
    fields = SHOWN if with_filled else tuple(field for field in SHOWN if field not in FILLED)
    rows = list(_events().filter(pgh_obj_id=reservation.pk).order_by("pgh_id"))
    contexts = [row.pgh_context or {} for row in rows]
    actors = User.objects.in_bulk({context["actor"] for context in contexts if context.get("actor")})
    return [
        Entry(
            at=row.pgh_created_at,
            command=context.get("command", row.pgh_label),
            actor=actors.get(context.get("actor") or 0),
            reason=context.get("reason", ""),
            changes=_changes(before, row, fields),
            run_by=tuple(context.get("run_by", ())),
        )
        for before, row, context in zip([None, *rows], rows, contexts, strict=False)
    ]


def _events() -> Any:
    return apps.get_model("reservations", "ReservationEvent").objects


def _changes(before: Any, after: Any, fields: Sequence[str]) -> tuple[Change, ...]:
    return tuple(
        Change(field, old, new)
        for field in fields
        if (old := _plain(getattr(before, field, None))) != (new := _plain(getattr(after, field))) and (old or new)
    )


def _plain(value: Any) -> Any:
    return (value.lower, value.upper) if hasattr(value, "lower_inc") else value
