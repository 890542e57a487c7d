"""What happened to instruments.

One command may concern many instruments (an import), so every event carries ids in bulk, all of one
institution; subscribers work on all of them at once.
"""

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True)
class InstrumentEvent(Event):
    """Base: which instruments of which institution."""

    institution_id: int
    instrument_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InstrumentListed(InstrumentEvent):
    """They are new in the catalogue, as drafts."""


@dataclass(frozen=True, slots=True)
class InstrumentChanged(InstrumentEvent):
    """What the catalogue says about them changed; their status did not.

    regrouped: they are in another group, whose booking rules and opening hours they inherit from now on.
    """

    regrouped: bool = False


@dataclass(frozen=True, slots=True)
class InstrumentPublished(InstrumentEvent):
    """Everybody can see them from now on."""


@dataclass(frozen=True, slots=True)
class InstrumentSuspended(InstrumentEvent):
    """They can't be booked until further notice."""


@dataclass(frozen=True, slots=True)
class InstrumentWithdrawn(InstrumentEvent):
    """They left the public catalogue: retired, or their listing or publishing was undone."""
