"""Plain HTTP through Django's WSGI handler, from inside an ASGI server.

a2wsgi passes head, body and end of each answer between the worker's thread and the event loop one by one, and waits
for each; that took as much processor time as a third of a booking. Here a request goes to its thread whole, and its
answer comes back whole; only streamed answers are fetched piece by piece, as the reader takes them.
"""

import asyncio
from contextvars import copy_context
from functools import partial
from io import BytesIO
from typing import Any, Final

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import build_environ

_END: Final = object()


class WholeAnswers(WSGIMiddleware):
    """A WSGI application as an ASGI application, with one hand-over each way."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request. Exceptions of the application reach the server, which answers 500."""
        body = await _whole_body(receive)
        if body is None:
            return  # the client has left
        loop, context = asyncio.get_running_loop(), copy_context()
        environ = build_environ(scope, BytesIO(body))  # type: ignore[arg-type]  # reads like a2wsgi's own body
        head, answer = await loop.run_in_executor(self.executor, context.run, self._answer, environ)
        await send(head)
        if isinstance(answer, bytes):
            await send({"type": "http.response.body", "body": answer})
            return
        chunks = iter(answer)
        try:
            fetch = partial(context.run, partial(next, chunks, _END))
            while (chunk := await loop.run_in_executor(self.executor, fetch)) is not _END:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            await loop.run_in_executor(self.executor, context.run, answer.close)
        await send({"type": "http.response.body", "body": b""})

    def _answer(self, environ: Any) -> tuple[dict[str, Any], Any]:
        """The head, and the body: bytes, or the response itself while it streams."""
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


async def _whole_body(receive: Any) -> bytes | None:
    chunks: list[bytes] = []
    while (message := await receive())["type"] == "http.request":
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)
    return None
