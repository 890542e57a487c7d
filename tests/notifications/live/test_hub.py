"""The hub: many sockets at once, and what each is told."""

import asyncio
import json

import pytest
from channels.layers import get_channel_layer

from notifications.live.broadcast import GROUP
from notifications.live.hub import Hub

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live")]


class Screen:
    """A socket that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, object]] = []

    async def push(self, text: str) -> None:
        self.told.append(json.loads(text))


async def test_hub__many_sockets_at_once__each_told_once() -> None:
    hub, screens = Hub(), [Screen() for _ in range(40)]
    await asyncio.gather(*(hub.watch(screen, {7: 1}) for screen in screens))
    assert len(hub._tasks) == 2
    hint = {"instrument": 7, "revision": 2, "changed": None}
    await get_channel_layer().group_send(GROUP, {"type": "hints", "hints": [hint]})
    for _ in range(100):
        if all(screen.told for screen in screens):
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    for task in hub._tasks:
        task.cancel()
    await asyncio.gather(*hub._tasks, return_exceptions=True)
    assert [screen.told for screen in screens] == [[hint]] * 40


async def test_hub__watching_something_else__no_longer_told_of_the_first() -> None:
    hub, screen = Hub(), Screen()
    await hub.watch(screen, {7: 1})
    await hub.watch(screen, {8: 1})
    await hub._tell({"instrument": 7, "revision": 2, "changed": None})
    await hub._tell({"instrument": 8, "revision": 2, "changed": None})
    for task in hub._tasks:
        task.cancel()
    await asyncio.gather(*hub._tasks, return_exceptions=True)
    assert [hint["instrument"] for hint in screen.told] == [8]
