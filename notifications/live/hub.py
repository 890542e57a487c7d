"""Who watches what in this process: one subscription to the layer, handed on to the sockets concerned."""

import asyncio
import json
import logging
from typing import Any, Final, Protocol

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from notifications.live.broadcast import GROUP
from notifications.live.selectors import revisions

logger = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 15.0
"""How often revisions of watched instruments are compared, to heal hints that were lost."""


class Socket(Protocol):
    """What the hub needs of a consumer."""

    async def push(self, text: str) -> None: ...


class Hub:
    """Per event loop: sockets by watched instrument, and the newest revision each was told."""

    def __init__(self) -> None:
        self._sockets: dict[int, set[Socket]] = {}
        self._told: dict[int, int] = {}
        self._watched: dict[Socket, tuple[int, ...]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._starting = asyncio.Lock()

    async def watch(self, socket: Socket, current: dict[int, int]) -> None:
        """Replace what a socket watches. current: the present revision by instrument id, which it is told.

        Who watches one of them already and was told less has missed a hint, and gets it now.
        """
        await self._start()
        self.leave(socket)
        missed = {pk: revision for pk, revision in current.items() if revision > self._told.get(pk, revision)}
        behind = {pk: tuple(self._sockets[pk]) for pk in missed}
        for instrument_id, revision in current.items():
            self._sockets.setdefault(instrument_id, set()).add(socket)
            self._told[instrument_id] = max(revision, self._told.get(instrument_id, 0))
        self._watched[socket] = tuple(current)
        for instrument_id, sockets in behind.items():
            await self._push_all(sockets, _refetch(instrument_id, missed[instrument_id]))

    def leave(self, socket: Socket) -> None:
        """The socket watches nothing any more."""
        for instrument_id in self._watched.pop(socket, ()):
            self._sockets[instrument_id].discard(socket)
            if not self._sockets[instrument_id]:
                del self._sockets[instrument_id], self._told[instrument_id]

    async def _start(self) -> None:
        """Subscribe once, however many sockets come at the same moment (all of them, after a restart)."""
        async with self._starting:
            if self._tasks and not any(task.done() for task in self._tasks):
                return
            for task in self._tasks:
                task.cancel()
            layer = get_channel_layer()
            channel = await layer.new_channel()
            await layer.group_add(GROUP, channel)
            loop = asyncio.get_running_loop()
            self._tasks = [loop.create_task(self._receive(layer, channel)), loop.create_task(self._sweep())]

    async def _receive(self, layer: Any, channel: str) -> None:
        while True:
            message = await layer.receive(channel)
            for hint in message.get("hints", ()):
                await self._tell(hint)

    async def _tell(self, hint: dict[str, Any]) -> None:
        sockets = self._sockets.get(hint["instrument"])
        if not sockets:
            return
        self._told[hint["instrument"]] = max(hint["revision"], self._told.get(hint["instrument"], 0))
        await self._push_all(tuple(sockets), hint)

    async def _push_all(self, sockets: tuple[Socket, ...], hint: dict[str, Any]) -> None:
        text = json.dumps(hint, separators=(",", ":"))
        for socket in sockets:
            await self._push(socket, text)

    async def _push(self, socket: Socket, text: str) -> None:
        try:
            await socket.push(text)
        except Exception:
            logger.exception("Live updates: a socket could not be told")
            self.leave(socket)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._catch_up()
            except Exception:
                logger.exception("Live updates: the sweep failed and will be tried again")

    async def _catch_up(self) -> None:
        """Sockets whose instrument moved on without a hint get one without a window: refetch."""
        current = await database_sync_to_async(revisions)(list(self._sockets))
        for instrument_id, revision in current.items():
            if revision > self._told.get(instrument_id, revision):
                await self._tell(_refetch(instrument_id, revision))


def _refetch(instrument_id: int, revision: int) -> dict[str, Any]:
    """A hint without a window: something changed, nobody here knows where."""
    return {"instrument": instrument_id, "revision": revision, "changed": None}


_hubs: dict[int, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.setdefault(id(asyncio.get_running_loop()), Hub())
