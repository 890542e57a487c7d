"""Hints before they travel: coalesced, without personal data, and never an error for who sends them."""

import json
import logging
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from asgiref.sync import async_to_sync
from channels.layers import channel_layers
from django.db import connection, transaction
from psycopg import OperationalError

from booking.calendars.events import CalendarChanged
from core.events import publish
from notifications.live import broadcast
from notifications.live.broadcast import HINTS_PER_MESSAGE, Broadcaster, Hint, coalesced
from notifications.live.layer import TOPIC, NotifyChannelLayer
from tests.databases import database_url

AT = datetime(2035, 3, 5, tzinfo=UTC)


def hint(instrument: int, revision: int, start: int = 0, end: int = 1) -> Hint:
    return Hint(instrument, revision, AT + timedelta(hours=start), AT + timedelta(hours=end))


class Layer:
    """Takes what is sent; the first sendings may fail."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.sent: list[dict[str, Any]] = []

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.failures:
            self.failures -= 1
            raise OperationalError("the database is away")
        self.sent.append(message)


def use(monkeypatch: pytest.MonkeyPatch, layer: Layer) -> Broadcaster:
    monkeypatch.setattr(broadcast, "get_channel_layer", lambda: layer)
    return Broadcaster()


def wait_for(layer: Layer, messages: int) -> None:
    deadline = time.monotonic() + 5
    while len(layer.sent) < messages and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(layer.sent) == messages


def test_coalesced__several_of_one_instrument__newest_revision_and_hull() -> None:
    hints = [hint(1, 5, 2, 3), hint(2, 1), hint(1, 7, 4, 5), hint(1, 6, 0, 1)]
    assert coalesced(hints) == [hint(1, 7, 0, 5), hint(2, 1)]


def test_hint__as_it_travels__three_members_and_nobody_in_it() -> None:
    assert hint(1, 5).document() == {
        "instrument": 1,
        "revision": 5,
        "changed": ["2035-03-05T00:00:00+00:00", "2035-03-05T01:00:00+00:00"],
    }


def test_broadcaster__many_hints_at_once__few_small_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Layer()
    broadcaster = use(monkeypatch, layer)
    for number in range(120):
        broadcaster.send(hint(number, number, 0, 900))
    wait_for(layer, 3)
    assert [len(message["hints"]) for message in layer.sent] == [HINTS_PER_MESSAGE, HINTS_PER_MESSAGE, 20]
    wide = [Hint(10**12 + n, 10**12, AT, AT + timedelta(days=365)).document() for n in range(HINTS_PER_MESSAGE)]
    assert len(json.dumps({"group": "availability", "message": {"type": "hints", "hints": wide}})) < 8000


def test_broadcaster__database_away__logged_and_the_next_one_is_sent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    layer = Layer(failures=1)
    broadcaster = use(monkeypatch, layer)
    with caplog.at_level(logging.ERROR, "notifications.live.broadcast"):
        broadcaster.send(hint(1, 5))
        time.sleep(0.2)
        broadcaster.send(hint(1, 6))
        wait_for(layer, 1)
    assert "revisions will heal it" in caplog.text
    assert layer.sent[0]["hints"][0]["revision"] == 6


def test_broadcaster__thread_gone__started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Layer()
    broadcaster = use(monkeypatch, layer)
    broadcaster.send(hint(1, 1))
    wait_for(layer, 1)
    broadcaster._queue.put(None)
    assert broadcaster._thread
    broadcaster._thread.join(5)
    broadcaster.send(hint(1, 2))
    wait_for(layer, 2)


@pytest.mark.django_db
def test_layer__no_such_database__raises_for_the_broadcaster_to_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    channel_layers.backends = {}
    broadcaster = Broadcaster()
    broadcaster.send(hint(1, 1))
    time.sleep(0.3)
    assert broadcaster._thread
    assert broadcaster._thread.is_alive()


@pytest.mark.django_db
def test_layer__its_connection_lost__the_next_message_goes_over_a_new_one() -> None:
    layer = NotifyChannelLayer()
    send = async_to_sync(layer.group_send)
    send("readiness", {"type": "readiness"})
    kept = layer._sender._connection
    assert kept
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [kept.info.backend_pid])
    send("readiness", {"type": "readiness"})
    send("readiness", {"type": "readiness"})
    assert layer._sender._connection not in {None, kept}


SENDS_AND_ENDS = """
import django
django.setup()
from datetime import UTC, datetime
from notifications.live.broadcast import Hint, broadcaster
broadcaster.send(Hint(7, 2, datetime(2035, 3, 5, tzinfo=UTC), datetime(2035, 3, 6, tzinfo=UTC)))
"""


@pytest.mark.django_db
def test_command__ends_right_after_its_commit__has_told_all_the_same() -> None:
    with psycopg.connect(database_url(), autocommit=True) as listener:
        listener.execute(f"LISTEN {TOPIC}")
        environ = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "config.settings"}
        command = [sys.executable, "-c", SENDS_AND_ENDS]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        told = list(listener.notifies(timeout=5, stop_after=1))
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(each.payload)["message"]["hints"][0]["instrument"] for each in told] == [7]


@pytest.mark.django_db
def test_subscriber__rolled_back__tells_nobody(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[Hint] = []
    monkeypatch.setattr(broadcast.broadcaster, "send", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            publish(CalendarChanged(1, 2, AT, AT + timedelta(hours=1)))
            transaction.set_rollback(True)
        publish(CalendarChanged(1, 3, AT, AT + timedelta(hours=1)))
    assert sent == [hint(1, 3)]
