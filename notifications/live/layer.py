"""A Channels layer between processes over PostgreSQL NOTIFY, after commit, from connections of its own.

Groups are kept per process in memory; what is sent to a group travels as one notification to every process
that listens. Messages are hints of less than 8 kB: whoever misses one sees it by the revision. Never NOTIFY
inside a booking's transaction: it would serialise the commits (engine.md).
"""

import asyncio
import json
import logging
import threading
import weakref
from typing import Any

import psycopg
from channels.layers import InMemoryChannelLayer
from django.db import connection
from psycopg import sql

logger = logging.getLogger(__name__)

TOPIC = "benchshare_live"
RECONNECT_SECONDS = 1.0


class NotifyChannelLayer(InMemoryChannelLayer):  # type: ignore[misc]  # channels is untyped
    """group_send is a NOTIFY; a listener hands notifications to this process's channels."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._sender = _Sender()

    async def group_add(self, group: str, channel: str) -> None:
        await super().group_add(group, channel)
        if self._listener is None or self._listener.done():
            self._listener = asyncio.get_running_loop().create_task(self._listen())
        await asyncio.wait_for(self._listening.wait(), timeout=10)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Raises psycopg.Error when the database is away; senders log it, revisions heal it.

        Keeps its loop waiting for the moment that a NOTIFY takes: senders have a loop of their own. A thread of
        asyncio's pool could not be had any more by a command that ends right after its commit.
        """
        payload = json.dumps({"group": group, "message": message}, separators=(",", ":"))
        self._sender.notify(payload)

    async def _listen(self) -> None:
        while True:
            try:
                await self._hand_on()
            except psycopg.Error as error:
                logger.warning("Live updates: lost the database, listening again soon (%s)", error)
            except Exception:
                logger.exception("Live updates: the listener stumbled and listens again soon")
            self._listening.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hand_on(self) -> None:
        async with await psycopg.AsyncConnection.connect(**_direct()) as listener:
            await listener.execute(sql.SQL("LISTEN {}").format(sql.Identifier(TOPIC)))
            self._listening.set()
            async for notification in listener.notifies():
                received = json.loads(notification.payload)
                await super().group_send(received["group"], received["message"])


class _Sender:
    """One kept connection of the process: opening one for each sending cost more than the booking it told of."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection[Any] | None = None
        self._lock = threading.Lock()

    def notify(self, payload: str) -> None:
        """From any thread. A connection that turns out to be lost is replaced once."""
        with self._lock:
            try:
                self._execute(payload)
            except psycopg.OperationalError:
                self._close()
                self._execute(payload)

    def _execute(self, payload: str) -> None:
        if self._connection is None:
            self._connection = psycopg.connect(**_direct())
            weakref.finalize(self, self._connection.close)
        self._connection.execute("SELECT pg_notify(%s, %s)", [TOPIC, payload])

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _direct() -> dict[str, Any]:
    """A connection outside Django's pool and its transactions."""
    settings = connection.settings_dict
    return {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"],
        "autocommit": True,
        "application_name": "benchshare-live",
    }
