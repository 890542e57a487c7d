"""Plain HTTP through Django's WSGI handler, from inside an ASGI server.

a2wsgi passes head, body and end of each answer between the worker's thread and the event loop one by one, and waits
for each; that took as much processor time as a third of a booking. Here a request goes to its thread whole, and its
answer comes back whole; only streamed answers are handed over piece by piece, as the reader takes them.

Threads of one process compute one at a time. Each that waits for its turn at that costs processor time, here and,
by one more connection in use, in the database: eight at once need a quarter more for the same bookings than two.
So few run at once. One that takes long, because it waits for a lock or reads much, keeps nobody waiting,
nor does a stream.
"""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import build_environ

_KEPT_IN_MEMORY: Final = 1024 * 1024
"""Bytes of a body; what is larger waits on disk, so that nobody fills the memory with it."""
_AT_ONCE: Final = 2
_PATIENCE_S: Final = 0.05
"""How long a request may keep its turn from the next one."""


class _Turn:
    """The right to run, given away in the end, or when it has been running for `_PATIENCE_S` or more."""

    def __init__(self, free: asyncio.Semaphore) -> None:
        self.is_running = False
        self._free, self._is_given_away = free, False
        self._timer = self._patience()

    def give_away(self) -> None:
        """Let the next one run. Once is enough, more often does nothing."""
        if not self._is_given_away:
            self._is_given_away = True
            self._timer.cancel()
            self._free.release()

    def _patience(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(_PATIENCE_S, self._look)

    def _look(self) -> None:
        """Who still waits for a thread keeps nobody from running."""
        if self.is_running:
            self.give_away()
        else:
            self._timer = self._patience()


class WholeAnswers(WSGIMiddleware):
    """A WSGI application as an ASGI application, with one hand-over each way."""

    def __init__(self, app: Any, workers: int) -> None:
        super().__init__(app, workers=workers)
        self._free_turns = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request. Exceptions of the application reach the server, which answers 500."""
        body = await _whole_body(receive)
        if body is None:
            return  # the client has left
        loop, context = asyncio.get_running_loop(), copy_context()
        with body:
            environ = build_environ(scope, body)  # type: ignore[arg-type]  # reads like a2wsgi's own body
            await self._free_turns.acquire()
            turn = _Turn(self._free_turns)
            try:
                head, answer = await loop.run_in_executor(self.executor, context.run, self._answer, environ, turn)
            finally:
                turn.give_away()
        await send(head)
        if isinstance(answer, bytes):
            await send({"type": "http.response.body", "body": answer})
            return

        def pass_on(chunk: bytes) -> None:
            sending = send({"type": "http.response.body", "body": chunk, "more_body": True})
            asyncio.run_coroutine_threadsafe(sending, loop).result()

        await loop.run_in_executor(self.executor, context.run, _streamed, answer, pass_on)
        await send({"type": "http.response.body", "body": b""})

    def _answer(self, environ: Any, turn: _Turn) -> tuple[dict[str, Any], Any]:
        """The head, and the body: bytes, or the response itself while it streams."""
        turn.is_running = True
        head: dict[str, Any] = {"type": "http.response.start"}

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            head["status"] = int(status[:3])
            head["headers"] = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]

        response: Any = self.app(environ, start_response)
        if getattr(response, "streaming", False):
            return head, response
        try:
            return head, b"".join(response)
        finally:
            response.close()


def _streamed(answer: Any, pass_on: Callable[[bytes], None]) -> None:
    """All in one thread: database connections and cursors are the thread's own."""
    try:
        for chunk in answer:
            pass_on(chunk)
    finally:
        answer.close()


async def _whole_body(receive: Any) -> SpooledTemporaryFile[bytes] | None:
    body = SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY)  # noqa: SIM115 - closed by who asked for it
    while (message := await receive())["type"] == "http.request":
        body.write(message.get("body", b""))
        if not message.get("more_body", False):
            body.seek(0)
            return body
    body.close()
    return None
