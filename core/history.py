"""History: who changed what, when and why. Written by database triggers alone (django-pghistory).

A command opens `acting(...)`, so that every row the triggers write in its transaction says who acted,
by which command, and why. The setting is local to the transaction; raw SQL and bulk changes are seen too.
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import pghistory
from django.db import connection, models

M = TypeVar("M", bound=models.Model)

_SET = "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)"

_NOTE = (
    "SELECT set_config('pghistory.context_metadata',"
    " (current_setting('pghistory.context_metadata')::jsonb || %s::jsonb)::text, true)"
)
_FORGET = (
    "SELECT set_config('pghistory.context_metadata',"
    " (current_setting('pghistory.context_metadata')::jsonb - %s::text[])::text, true)"
)


def tracked(*, exclude: tuple[str, ...] = ()) -> Callable[[type[M]], type[M]]:
    """Class decorator: record every insert, update and deletion of the model's rows in <Model>Event."""

    def decorate(model: type[M]) -> type[M]:
        track = pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=list(exclude),
            attrs={"pgh_id": models.BigAutoField(primary_key=True)},
        )
        tracked_model: type[M] = track(model)
        return tracked_model

    return decorate


def context(*, actor_id: int | None, command: str, reason: str = "", **details: Any) -> tuple[str, str]:
    """The pair (context id, metadata as JSON) the triggers read; for commands that write by SQL function."""
    metadata: Mapping[str, Any] = {"actor": actor_id, "command": command, "reason": reason, **details}
    return str(uuid.uuid4()), json.dumps(metadata, ensure_ascii=False)


@contextmanager
def acting(*, actor_id: int | None, command: str, reason: str = "", **details: Any) -> Iterator[None]:
    """Everything written from here to the end of the transaction is done by this actor.

    Must run inside atomic(). actor_id None: the product itself (a job, the clock).
    """
    with connection.cursor() as cursor:
        cursor.execute(_SET, context(actor_id=actor_id, command=command, reason=reason, **details))
    yield


@contextmanager
def noted(**details: Any) -> Iterator[None]:
    """What is written within says this too, inside acting(); details that are empty are left out.

    After an error the transaction is over, or nothing was written.
    """
    if not any(details.values()):
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [json.dumps(details, ensure_ascii=False)])
        yield
        cursor.execute(_FORGET, [list(details)])
