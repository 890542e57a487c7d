"""`/ws/availability`: what a client sends, what it gets, and who gets nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.db import connection, transaction

from accounts.models import Scope
from instruments.catalogue.models import Instrument
from notifications.live import broadcast, consumers
from notifications.live import hub as hub_module
from notifications.live.consumers import CLOSE_TOO_LONG, CLOSE_UNAUTHORISED, MOST_WATCHED
from notifications.live.routing import websocket_application
from notifications.live.selectors import visible_revisions
from tests.factories.booking import (
    booked,
    coming_slot,
    firm_user,
    make_bookable,
    open_instrument,
    operator_of,
    revision_of,
    token_for,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]

HOST = (b"host", b"testserver")


class Client:
    """One socket, seen from the client."""

    def __init__(self, *headers: tuple[bytes, bytes], query: str = "") -> None:
        path = f"/ws/availability{query}"
        self.wire = WebsocketCommunicator(websocket_application, path, headers=[HOST, *headers])

    async def send(self, message: Any) -> None:
        await self.wire.send_to(text_data=message if isinstance(message, str) else json.dumps(message))

    async def next(self, seconds: float = 2) -> Any:
        return json.loads(await self.wire.receive_from(seconds))

    async def watch(self, known: dict[int, int | None]) -> Any:
        await self.send({"watch": {str(pk): revision for pk, revision in known.items()}})
        return await self.next()

    async def hears_nothing(self) -> bool:
        return bool(await self.wire.receive_nothing(0.3))


@asynccontextmanager
async def connected(*headers: tuple[bytes, bytes], query: str = "") -> AsyncIterator[Client]:
    client = Client(*headers, query=query)
    accepted, _code = await client.wire.connect(5)
    assert accepted
    try:
        yield client
    finally:
        await client.wire.disconnect()


async def refused(*headers: tuple[bytes, bytes]) -> int:
    accepted, code = await Client(*headers).wire.connect(5)
    assert not accepted
    return int(code or 0)


def bearer(token: str) -> tuple[bytes, bytes]:
    return (b"authorization", f"Bearer {token}".encode())


async def book(instrument: Instrument) -> None:
    await sync_to_async(booked)(instrument, None, coming_slot())


async def test_watch__unknown_older_and_present_revisions__told_at_once(instrument: Instrument) -> None:
    revision = await sync_to_async(revision_of)(instrument)
    async with connected() as client:
        key = str(instrument.pk)
        assert await client.watch({instrument.pk: None}) == {"newer": {key: revision}, "unknown": []}
        assert await client.watch({instrument.pk: revision - 1}) == {"newer": {key: revision}, "unknown": []}
        assert await client.watch({instrument.pk: revision}) == {"newer": {}, "unknown": []}
        assert await client.watch({10**9: 5}) == {"newer": {}, "unknown": [10**9]}
        assert await client.watch({}) == {"newer": {}, "unknown": []}


async def test_booking__after_commit__hint_without_personal_data(instrument: Instrument) -> None:
    async with connected() as client:
        before = (await client.watch({instrument.pk: None}))["newer"][str(instrument.pk)]
        await book(instrument)
        window = coming_slot()
        assert await client.next() == {
            "instrument": instrument.pk,
            "revision": before + 1,
            "changed": [window.starts_at.isoformat(), window.ends_at.isoformat()],
        }
        assert await client.hears_nothing()


async def test_booking__rolled_back__no_hint(instrument: Instrument) -> None:
    def try_it() -> None:
        with transaction.atomic():
            booked(instrument, None, coming_slot())
            transaction.set_rollback(True)

    async with connected() as client:
        await client.watch({instrument.pk: None})
        await sync_to_async(try_it)()
        assert await client.hears_nothing()


async def test_watch__again__replaces_the_whole_set(instrument: Instrument) -> None:
    other = await sync_to_async(make_bookable)()
    async with connected() as client, connected() as second:
        await client.watch({instrument.pk: None})
        await second.watch({instrument.pk: None, other.pk: None})
        await client.watch({other.pk: None})
        await book(instrument)
        assert (await second.next())["instrument"] == instrument.pk
        assert await client.hears_nothing()


async def test_watch__drafts__known_to_their_institution_only() -> None:
    draft = await sync_to_async(open_instrument)(status="draft")
    staff, stranger = await sync_to_async(lambda: (operator_of(draft.institution), firm_user()))()
    tokens = [await sync_to_async(token_for)(viewer) for viewer in (staff, stranger)]
    async with connected(bearer(tokens[0])) as own, connected(bearer(tokens[1])) as other, connected() as nobody:
        assert (await own.watch({draft.pk: None}))["unknown"] == []
        assert (await other.watch({draft.pk: None}))["unknown"] == [draft.pk]
        assert (await nobody.watch({draft.pk: None}))["unknown"] == [draft.pk]


async def test_watch__hint_about_a_draft_while_looking_it_up__not_passed_on(
    monkeypatch: pytest.MonkeyPatch, instrument: Instrument
) -> None:
    draft = await sync_to_async(open_instrument)(status="draft")
    look_up = visible_revisions

    def meanwhile(viewer: Any, keys: Any) -> Any:
        found = look_up(viewer, keys)
        for hub in hub_module._hubs.values():
            hint = {"instrument": draft.pk, "revision": 9, "changed": None}
            asyncio.run_coroutine_threadsafe(hub._tell(hint), loop).result(2)
        return found

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(consumers, "visible_revisions", meanwhile)
    async with connected() as client:
        await client.watch({instrument.pk: None})
        assert (await client.watch({draft.pk: None}))["unknown"] == [draft.pk]


@pytest.mark.parametrize(
    "message",
    [
        " ",
        "{",
        "[" * 60_000,
        "[]",
        "5",
        "null",
        '"watch"',
        "{}",
        '{"watch": []}',
        '{"watch": {"x": 1}}',
        '{"watch": {"-1": 1}}',
        '{"watch": {"1": "2"}}',
        '{"watch": {"1": true}}',
        '{"watch": {"1": 1.5}}',
        '{"watch": {"99999999999999999999": 1}}',
        '{"watch": {"9223372036854775808": 1}}',
        '{"watch": {"\u0661": 1}}',
        json.dumps({"watch": {str(n): None for n in range(MOST_WATCHED + 1)}}),
    ],
)
async def test_watch__not_understood__error_and_nothing_changes(instrument: Instrument, message: str) -> None:
    async with connected() as client:
        await client.watch({instrument.pk: None})
        await client.send(message)
        answer = await client.next()
        assert (answer["error"]["code"], bool(answer["error"]["detail"])) == ("invalid", True)
        await book(instrument)
        assert (await client.next())["instrument"] == instrument.pk


async def test_watch__500_instruments__all_answered() -> None:
    async with connected() as client:
        answer = await client.watch(dict.fromkeys(range(10**9, 10**9 + MOST_WATCHED)))
        assert len(answer["unknown"]) == MOST_WATCHED


async def test_message__binary__error(instrument: Instrument) -> None:
    async with connected() as client:
        await client.wire.send_to(bytes_data=b'{"watch": {}}')
        assert "error" in await client.next()


async def test_message__over_64_kb__closed() -> None:
    async with connected() as client:
        await client.send(" " * 64_001)
        assert (await client.wire.receive_output(2))["code"] == CLOSE_TOO_LONG


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example", "file://"])
async def test_connect__foreign_origin__refused(origin: str) -> None:
    await refused((b"origin", origin.encode()))


async def test_connect__own_or_trusted_origin__accepted(settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://sharing.example"]
    for origin in (b"http://testserver", b"https://sharing.example"):
        async with connected((b"origin", origin)) as client:
            assert await client.watch({}) == {"newer": {}, "unknown": []}


@pytest.mark.parametrize("header", [b"Bearer wrong", b"Bearer ", b"Basic dTpw", b"Bearer \xff"])
async def test_connect__wrong_token__refused_with_4401(header: bytes) -> None:
    assert await refused((b"authorization", header)) == CLOSE_UNAUTHORISED


async def test_connect__token_that_may_not_read__refused() -> None:
    token = await sync_to_async(lambda: token_for(firm_user(), Scope.BOOK))()
    assert await refused(bearer(token)) == CLOSE_UNAUTHORISED


async def test_connect__token_in_the_address__counts_for_nothing() -> None:
    draft = await sync_to_async(open_instrument)(status="draft")
    token = await sync_to_async(lambda: token_for(operator_of(draft.institution)))()
    async with connected(query=f"?token={token}&access_token={token}") as client:
        assert (await client.watch({draft.pk: None}))["unknown"] == [draft.pk]


def without_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast.broadcaster, "send", lambda hint: None)


async def test_hint_lost__sweep_comes_by__healed(monkeypatch: pytest.MonkeyPatch, instrument: Instrument) -> None:
    monkeypatch.setattr(hub_module, "SWEEP_SECONDS", 0.1)
    without_hints(monkeypatch)
    async with connected() as client:
        before = (await client.watch({instrument.pk: None}))["newer"][str(instrument.pk)]
        await book(instrument)
        assert await client.next() == {"instrument": instrument.pk, "revision": before + 1, "changed": None}
        assert await client.hears_nothing()


async def test_hint_lost__somebody_claims_a_revision_of_the_future__healed_all_the_same(
    monkeypatch: pytest.MonkeyPatch, instrument: Instrument
) -> None:
    monkeypatch.setattr(hub_module, "SWEEP_SECONDS", 0.1)
    without_hints(monkeypatch)
    async with connected() as client, connected() as liar:
        await client.watch({instrument.pk: None})
        await liar.watch({instrument.pk: 10**15})
        await book(instrument)
        assert (await client.next())["changed"] is None


async def test_hint_lost__another_begins_to_watch__earlier_ones_are_told(
    monkeypatch: pytest.MonkeyPatch, instrument: Instrument
) -> None:
    without_hints(monkeypatch)
    async with connected() as client, connected() as newcomer:
        before = (await client.watch({instrument.pk: None}))["newer"][str(instrument.pk)]
        await book(instrument)
        await newcomer.watch({instrument.pk: before})
        assert await client.next() == {"instrument": instrument.pk, "revision": before + 1, "changed": None}


def cut_off_listeners() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'benchshare-live' AND datname = current_database()"
        )


async def test_listener_lost__database_cuts_it_off__listens_again(
    monkeypatch: pytest.MonkeyPatch, instrument: Instrument
) -> None:
    monkeypatch.setattr("notifications.live.layer.RECONNECT_SECONDS", 0.05)
    async with connected() as client:
        await client.watch({instrument.pk: None})
        layer = channel_layers["default"]
        await sync_to_async(cut_off_listeners)()
        await asyncio.sleep(0.5)
        await asyncio.wait_for(layer._listening.wait(), 5)
        await book(instrument)
        assert (await client.next())["instrument"] == instrument.pk


async def test_disconnect__last_watcher__hub_forgets_the_socket(instrument: Instrument) -> None:
    async with connected() as client:
        await client.watch({instrument.pk: None})
        assert hub_module.hub()._sockets
    assert (hub_module.hub()._sockets, hub_module.hub()._told) == ({}, {})
