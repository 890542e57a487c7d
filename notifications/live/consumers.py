"""Sockets. Source: api.md, "WebSocket"."""

import json
from typing import Any, Final
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from accounts.models import Scope
from accounts.selectors import viewer_by_token, viewer_of
from accounts.viewers import Viewer
from notifications.live.hub import hub
from notifications.live.selectors import revisions, visible_revisions

MOST_WATCHED: Final = 500
LONGEST_MESSAGE: Final = 64_000
LARGEST_ID: Final = 2**63 - 1

CLOSE_UNAUTHORISED: Final = 4401
CLOSE_TOO_LONG: Final = 1009


class AvailabilityConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels is untyped
    """`/ws/availability`: the client says what it watches, the server says what is newer, then pushes hints.

    In: {"watch": {"<instrument id>": <revision or null>, …}}, at most 500; it replaces the whole set.
    Out, at once: {"newer": {"<id>": revision, …}, "unknown": [id, …]}; then per change
    {"instrument": id, "revision": n, "changed": [start, end] or null}. What is wrong with a message comes back
    as {"error": {"code", "detail"}} and changes nothing.
    """

    viewer: Viewer

    async def connect(self) -> None:
        if not same_origin(self.scope):
            await self.close()
            return
        viewer = await database_sync_to_async(identify)(self.scope)
        if viewer is None:
            await self.close(CLOSE_UNAUTHORISED)
            return
        self.viewer = viewer
        await self.accept()

    async def disconnect(self, code: int) -> None:
        hub().leave(self)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if len(text_data or bytes_data or "") > LONGEST_MESSAGE:
            await self.close(CLOSE_TOO_LONG)
            return
        try:
            known = parsed_watch(text_data)
        except ValueError as error:
            await self.push(json.dumps({"error": {"code": "invalid", "detail": str(error)}}))
            return
        await self._watch(known)

    async def _watch(self, known: dict[int, int | None]) -> None:
        """Watch first, read then: a change in between arrives twice rather than never. Only what may be seen."""
        visible = await database_sync_to_async(visible_revisions)(self.viewer, list(known))
        await hub().watch(self, visible)
        current = await database_sync_to_async(revisions)(list(visible))
        await hub().watch(self, current)
        newer = {str(pk): revision for pk, revision in current.items() if revision > (known[pk] or 0)}
        unknown = sorted(set(known) - set(current))
        await self.push(json.dumps({"newer": newer, "unknown": unknown}))

    async def push(self, text: str) -> None:
        """Send one text message."""
        await self.send(text_data=text)


class UnknownAddressConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels is untyped
    """Any other address: refused before it is accepted, which a browser sees as a failed handshake."""

    async def connect(self) -> None:
        await self.close()


def parsed_watch(text: str | None) -> dict[int, int | None]:
    """Revision (or None) by instrument id. Raises ValueError with what would be right."""
    try:
        document = json.loads(text or "")
    except (ValueError, RecursionError):
        raise ValueError("Send JSON text.") from None
    watch = document.get("watch") if isinstance(document, dict) else None
    if not isinstance(watch, dict):
        raise ValueError('Send {"watch": {"<instrument id>": <revision or null>}}.')
    if len(watch) > MOST_WATCHED:
        raise ValueError(f"Watch at most {MOST_WATCHED} instruments.")
    return {_id(key): _revision(value) for key, value in watch.items()}


def _id(key: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) < 20 and int(key) <= LARGEST_ID):
        raise ValueError("Instrument ids are positive integers.")
    return int(key)


def _revision(value: Any) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise ValueError("A revision is an integer or null.")
    return value


def same_origin(scope: dict[str, Any]) -> bool:
    """Browsers say where a page came from: only our own pages may open sockets with a session."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin1")
    host = headers.get(b"host", b"").decode("latin1")
    return not origin or urlsplit(origin).netloc == host or origin in settings.CSRF_TRUSTED_ORIGINS


def identify(scope: dict[str, Any]) -> Viewer | None:
    """The viewer by Authorization header, else by session; None for a wrong token or one that may not read."""
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin1")
    if not header:
        return viewer_of(scope["user"])
    kind, _space, token = header.partition(" ")
    viewer = viewer_by_token(token.strip()) if kind.lower() == "bearer" else None
    return viewer if viewer and viewer.has_scope(Scope.READ) else None
