"""The state machine of the waiting list: one table. sql/waitlist.sql carries out what follows from an offer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.reservations.models import STILL_WAITING, WaitStatus
from booking.reservations.states import Party


@dataclass(frozen=True, slots=True)
class Step:
    """One command. sources empty: it makes the entry. targets: where it leads; the wish decides among several."""

    command: str
    sources: tuple[WaitStatus, ...]
    targets: tuple[WaitStatus, ...]
    by: tuple[Party, ...]
    meaning: Promise


_WAITING: Final = (WaitStatus.WAITING,)
_OFFERED: Final = (WaitStatus.OFFERED,)
_THROUGH: Final = (WaitStatus.WITHDRAWN,)

_TABLE: Final = (
    Step("join", (), _WAITING, (Party.OWNER,), _("Wait for time that is taken.")),
    Step("offer", _WAITING, _OFFERED, (Party.CLOCK,), _("Freed time is held for the first whose rules pass.")),
    Step("accept", _OFFERED, (WaitStatus.TAKEN,), (Party.OWNER,), _("Book the time that is offered.")),
    Step(
        "decline",
        _OFFERED,
        (WaitStatus.WITHDRAWN, WaitStatus.WAITING),
        (Party.OWNER,),
        _("Give it back. Who wanted any such time goes on waiting for another."),
    ),
    Step("lapse", _OFFERED, (WaitStatus.EXPIRED,), (Party.CLOCK,), _("The time to answer is up.")),
    Step("take_back", _OFFERED, _WAITING, (Party.STAFF,), _("Staff need the time; the place in the queue stays.")),
    Step("leave", STILL_WAITING, _THROUGH, (Party.OWNER, Party.STAFF), _("Wait no longer.")),
    Step("expire", _WAITING, (WaitStatus.EXPIRED,), (Party.CLOCK,), _("The time waited for is over.")),
)

WAITLIST_STEPS: Final[Mapping[str, Step]] = {each.command: each for each in _TABLE}


def allows(command: str, status: str) -> bool:
    """Whether an entry in this status can take this command."""
    return status in WAITLIST_STEPS[command].sources
