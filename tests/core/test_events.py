"""Events reach their subscribers, once each, inside the transaction."""

from dataclasses import FrozenInstanceError, dataclass

import pytest

from core.events import Event, publish, subscribe, subscribers_of


@dataclass(frozen=True, slots=True)
class Rang(Event):
    """A test's own event."""

    times: int


def test_publish__two_subscribers__told_in_order_once_each() -> None:
    heard: list[tuple[str, int]] = []

    def first(event: Rang) -> None:
        heard.append(("first", event.times))

    def second(event: Rang) -> None:
        heard.append(("second", event.times))

    for function in (first, second, first):
        subscribe(Rang)(function)
    publish(Rang(3))
    assert heard == [("first", 3), ("second", 3)]
    assert subscribers_of(Rang) == (first, second)


def test_event__once_made__can_not_change() -> None:
    event = Rang(1)
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        event.times = 2  # type: ignore[misc]
