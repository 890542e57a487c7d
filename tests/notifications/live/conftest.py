"""One event loop's own layer and hub, cleaned up behind each test."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from channels.layers import channel_layers

from notifications.live import hub as hub_module


@pytest.fixture
async def live() -> AsyncIterator[None]:
    """Layer and hub belong to a loop; every test has a loop of its own."""
    channel_layers.backends = {}
    hub_module._hubs.clear()
    yield
    tasks = [task for each in hub_module._hubs.values() for task in each._tasks]
    tasks += [layer._listener for layer in channel_layers.backends.values() if layer._listener]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    channel_layers.backends = {}
    hub_module._hubs.clear()
