"""Events: what happened below, told to the floors above.

An event is a frozen dataclass of ids and UTC times. Subscribers run inside the publishing transaction and
may only insert a background job or call `transaction.on_commit`.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""


E = TypeVar("E", bound=Event)

_subscribers: dict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(event_type: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a function for one type of event; used as a decorator in a room's subscribers.py."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        if function not in _subscribers[event_type]:
            _subscribers[event_type].append(function)
        return function

    return register


def publish(event: Event) -> None:
    """Tell every subscriber of this type of event, in the order of registration."""
    for function in _subscribers[type(event)]:
        function(event)


def subscribers_of(event_type: type[Event]) -> tuple[Callable[[Any], None], ...]:
    """Who listens; for documentation and tests."""
    return tuple(_subscribers[event_type])
