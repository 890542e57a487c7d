"""The bridge between the ASGI server and Django's WSGI handler: whole answers, streams, clients that leave."""

import asyncio
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import count
from threading import Event, Lock, get_ident
from time import sleep
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from config.http import WholeAnswers

Messages = list[dict[str, Any]]


SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/täg",
    "query_string": b"a=1",
    "http_version": "1.1",
    "headers": [(b"content-type", b"text/plain"), (b"x-tag", b"7")],
}


def asked(application: Callable[..., Any], *received: dict[str, Any], workers: int = 1) -> Messages:
    """What the server is told to send when it hands over these messages."""
    return asyncio.run(_one(WholeAnswers(application, workers=workers), list(received)))


def asked_together(application: Callable[..., Any], number: int) -> list[Messages]:
    """The same for requests without a body that come at the same time, in the order in which they came."""

    async def all_of_them() -> list[Messages]:
        bridge = WholeAnswers(application, workers=number)
        return await asyncio.gather(*(_one(bridge, [part(b"")]) for _ in range(number)))

    return asyncio.run(all_of_them())


async def _one(bridge: Any, waiting: Messages) -> Messages:
    sent: Messages = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await bridge(SCOPE, receive, send)
    return sent


def served(response: Any, seen: dict[str, Any] | None = None) -> Callable[..., Any]:
    """A WSGI application with one answer; `seen` gets the environ and the body."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if seen is not None:
            seen.update(environ, body=environ["wsgi.input"].read())
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return response

    return application


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_request__in_parts__reaches_the_application_whole() -> None:
    seen: dict[str, Any] = {}
    asked(served(HttpResponse(), seen), part(b"one ", more=True), part(b"two"))
    assert (seen["body"], seen["PATH_INFO"], seen["QUERY_STRING"]) == (b"one two", "/t\xc3\xa4g", "a=1")
    assert (seen["CONTENT_TYPE"], seen["HTTP_X_TAG"]) == ("text/plain", "7")


def test_answer__not_streamed__head_and_one_body() -> None:
    response = HttpResponse("共仪", status=201, headers={"X-Kind": "whole"})
    head, body = asked(served(response), part(b""))
    assert head["status"] == 201
    assert (b"x-kind", b"whole") in head["headers"]
    assert body == {"type": "http.response.body", "body": "共仪".encode()}
    assert response.closed


def test_answer__streamed__chunk_by_chunk_then_closed() -> None:
    response = StreamingHttpResponse([b"a", b"b"])
    _head, *bodies = asked(served(response), part(b""))
    assert [(each["body"], each.get("more_body", False)) for each in bodies] == [
        (b"a", True),
        (b"b", True),
        (b"", False),
    ]
    assert response.closed


def test_answer__streamed__read_and_closed_by_one_thread() -> None:
    threads: list[int] = []

    def chunks() -> Iterator[bytes]:
        for _number in range(20):
            threads.append(get_ident())
            yield b"a"

    response = StreamingHttpResponse(chunks())
    response.close = lambda: threads.append(get_ident())  # type: ignore[method-assign]
    asked(served(response), part(b""), workers=4)
    assert (len(threads), len(set(threads))) == (21, 1)


def test_answer__stream_that_breaks__closed_and_told_to_the_server() -> None:
    def broken() -> Iterator[bytes]:
        yield b"a"
        raise OSError("disk")

    response = StreamingHttpResponse(broken())
    with pytest.raises(OSError, match="disk"):
        asked(served(response), part(b""))
    assert response.closed


def test_client__gone_before_the_body_was_read__nothing_runs() -> None:
    seen: dict[str, Any] = {}
    assert asked(served(HttpResponse(), seen), part(b"half", more=True), {"type": "http.disconnect"}) == []
    assert seen == {}


def test_request__large__waits_on_disk_and_not_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.http._KEPT_IN_MEMORY", 8)
    seen: dict[str, Any] = {}
    asked(served(HttpResponse(), seen), part(b"12345678", more=True), part(b"9"))
    assert seen["body"] == b"123456789"
    assert not isinstance(seen["wsgi.input"]._file, BytesIO)
    assert seen["wsgi.input"].closed


def test_requests__many_short_ones__two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.http._PATIENCE_S", 60)
    running, seen, guard = 0, [], Lock()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        nonlocal running
        with guard:
            running += 1
            seen.append(running)
        sleep(0.002)
        with guard:
            running -= 1
        return served(HttpResponse())(environ, start_response)

    answers = asked_together(application, 12)
    assert [head["status"] for head, _body in answers] == [200] * 12
    assert max(seen) == 2


def test_requests__two_that_wait__keep_nobody_waiting() -> None:
    others, came = Event(), count(1)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if next(came) > 2:
            others.set()
        status = 200 if others.wait(10) else 504
        return served(HttpResponse(status=status))(environ, start_response)

    answers = asked_together(application, 4)
    assert [head["status"] for head, _body in answers] == [200] * 4


def test_requests__each_fails__the_next_one_runs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.http._PATIENCE_S", 60)

    def broken(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        raise OSError("disk")

    async def all_of_them() -> list[Any]:
        bridge = WholeAnswers(broken, workers=4)
        asking = (_one(bridge, [part(b"")]) for _ in range(6))
        return await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), 20)

    assert [str(answer) for answer in asyncio.run(all_of_them())] == ["disk"] * 6


def test_requests__waiting_for_a_thread__do_not_run_together_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.http._PATIENCE_S", 0.01)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        sleep(0.05)
        return served(HttpResponse())(environ, start_response)

    async def queued() -> int:
        bridge = WholeAnswers(application, workers=2)
        asking = [asyncio.ensure_future(_one(bridge, [part(b"")])) for _ in range(8)]
        await asyncio.sleep(0.03)
        waiting = bridge.executor._work_queue.qsize()
        await asyncio.gather(*asking)
        return waiting

    assert asyncio.run(queued()) <= 2
