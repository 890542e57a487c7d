"""Real sockets against two real web processes: what one commits, the other's sockets hear."""

import http.client
import json
import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from accounts.models import User
from booking.reservations.models import Reservation
from instruments.catalogue.models import Instrument
from tests.factories.booking import (
    booked,
    coming_slot,
    firm_user,
    open_instrument,
    operator_of,
    revision_of,
    token_for,
    wish,
)
from tests.servers import Servers
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]

SECONDS = 2.0
"""From commit to the last socket, at the very most."""


def opened(servers: Servers, **more: Any) -> ClientConnection:
    socket: ClientConnection = connect(
        f"{servers.socket_address}/ws/availability", open_timeout=10, close_timeout=1, **more
    )
    return socket


def heard(socket: ClientConnection, seconds: float = SECONDS) -> Any:
    return json.loads(socket.recv(seconds))


def watch(socket: ClientConnection, instrument: Instrument, revision: int | None = None) -> Any:
    socket.send(json.dumps({"watch": {str(instrument.pk): revision}}))
    return heard(socket, 10)


@contextmanager
def paused(servers: Servers, number: int) -> Iterator[None]:
    """One process stands still: whatever happens meanwhile is the other's work."""
    pid = servers.web[number].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def post(servers: Servers, instrument: Instrument) -> None:
    headers = {"Authorization": f"Bearer {token_for(firm_user())}", "Content-Type": "application/json"}
    body = json.dumps(wish(instrument, coming_slot())).encode()
    request = urllib.request.Request(f"{servers.address}/api/v1/reservations", body, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 201


def test_booking__through_one_process__reaches_a_socket_on_the_other(
    web_pair: Servers, instrument: Instrument
) -> None:
    with paused(web_pair, 0):
        socket = opened(web_pair)
        watch(socket, instrument)
    with paused(web_pair, 1):
        post(web_pair, instrument)
    assert heard(socket)["revision"] == revision_of(instrument)
    socket.close()


def test_booking__by_another_program__reaches_all_sockets(web_pair: Servers, instrument: Instrument) -> None:
    """The test's own process stands for the worker."""
    sockets = [opened(web_pair) for _ in range(10)]
    for socket in sockets:
        watch(socket, instrument)
    booked(instrument, None, coming_slot())
    started = time.monotonic()
    assert {heard(socket)["instrument"] for socket in sockets} == {instrument.pk}
    assert time.monotonic() - started < SECONDS
    for socket in sockets:
        socket.close()


def test_reconnect__with_the_old_revision__told_at_once_what_is_newer(
    web_pair: Servers, instrument: Instrument
) -> None:
    with opened(web_pair) as socket:
        seen = watch(socket, instrument)["newer"][str(instrument.pk)]
    booked(instrument, None, coming_slot())
    with opened(web_pair) as socket:
        assert watch(socket, instrument, seen) == {"newer": {str(instrument.pk): seen + 1}, "unknown": []}


def test_hints__members__nothing_personal(web_pair: Servers, instrument: Instrument) -> None:
    viewer = firm_user()
    with opened(web_pair) as socket:
        watch(socket, instrument)
        booked(instrument, viewer, coming_slot(), purpose="Secret alloy")
        text = str(socket.recv(SECONDS))
    assert set(json.loads(text)) == {"instrument", "revision", "changed"}
    assert not any(word in text for word in ("Secret", viewer.name, viewer.email))
    assert Reservation.objects.count() == 1


def test_token__good_and_wrong__draft_known_and_refused(web_pair: Servers) -> None:
    draft = open_instrument(status="draft")
    headers = {"Authorization": f"Bearer {token_for(operator_of(draft.institution))}"}
    with opened(web_pair, additional_headers=headers) as socket:
        assert watch(socket, draft)["unknown"] == []
    with opened(web_pair) as socket:
        assert watch(socket, draft)["unknown"] == [draft.pk]
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        opened(web_pair, additional_headers={"Authorization": "Bearer wrong"}).recv(5)


def test_session__own_and_foreign_origin__counts_and_is_refused(web_pair: Servers) -> None:
    draft = open_instrument(status="draft")
    client = Client()
    client.force_login(User.objects.get(pk=operator_of(draft.institution).person_id))
    cookie = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}
    with opened(web_pair, additional_headers=cookie, origin=web_pair.address) as socket:
        assert watch(socket, draft)["unknown"] == []
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        opened(web_pair, additional_headers=cookie, origin="https://evil.example").recv(5)


def test_session__signed_out_through_one_process__over_in_the_other(web_pair: Servers) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=firm_user().person_id))
    cookie = {"Cookie": f"sessionid={client.cookies['sessionid'].value}"}

    def status() -> int:
        asked = http.client.HTTPConnection("127.0.0.1", web_pair.port, timeout=20)
        asked.request("GET", "/api/v1/me", headers=cookie)
        return asked.getresponse().status

    with paused(web_pair, 0):
        assert status() == 200
    client.logout()
    with paused(web_pair, 0):
        assert status() == 401


def test_sockets__many_open_and_close_at_once__nobody_is_left_without_an_answer(
    web_pair: Servers, instrument: Instrument
) -> None:
    def visit() -> Any:
        with opened(web_pair) as socket:
            return watch(socket, instrument)["unknown"]

    assert at_once([visit] * 30) == [[]] * 30


@pytest.mark.parametrize("message", ["", "not json", "[" * 60_000, '{"watch": {"1": ' + "9" * 5_000 + "}}"])
def test_message__nonsense__error_and_the_socket_lives(
    web_pair: Servers, instrument: Instrument, message: str
) -> None:
    with opened(web_pair) as socket:
        socket.send(message)
        assert heard(socket)["error"]["code"] == "invalid"
        assert watch(socket, instrument)["unknown"] == []
