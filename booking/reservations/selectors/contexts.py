"""The one statement that reads everything rules need."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import Tier
from accounts.viewers import Viewer
from booking.intake.questions import modes_of
from booking.reservations.errors import FirmUnknown, UnknownOperator
from booking.reservations.models import Kind
from booking.reservations.policy_values import StoredValue, effective_values
from booking.reservations.rules.registry import USES, Context, Counted, Need, Taken, defaults
from core import clock
from core.errors import NotFound
from core.windows import TimeWindow, zone
from instruments.catalogue.models import AccessMode

_READ = "SELECT reservation_context(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"


def read_context(
    *,
    viewer: Viewer,
    instrument_id: int,
    window: TimeWindow,
    tier: Tier,
    kind: str = Kind.USE,
    places: int = 1,
    user_id: int | None = None,
    account_id: int | None = None,
    excluding: int | None = None,
    operator: int | None = None,
    declares: bool | None = None,
    operating_id: int | None = None,
    mode: str = "",
) -> Context:
    """What is known about one wish to book, now. One statement; after a lock it sees what the lock waited for.

    tier, user_id, account_id: the beneficiary's; a firm's alone where user_id is None, then operating_id is who
    books for it. excluding: a reservation that is being moved. operator: who is wanted. declares: whether samples
    are declared; None: not asked yet. mode: the access mode, empty: the first that the instrument offers, for a
    training that of those who learn to run it. Raises: NotFound, UnknownOperator, FirmUnknown.
    """
    whose = (user_id, excluding, operator, account_id, declares, operating_id, mode)
    now, asked = (
        clock.now(),
        Asked(instrument_id, window, tier, kind, places, *whose),
    )
    with connection.cursor() as cursor:
        cursor.execute(_READ, _parameters(asked, now))
        document = cursor.fetchone()[0]
    return _context(viewer, asked, now, document)


class Asked(NamedTuple):
    """One wish to book as `read_context` takes it."""

    instrument_id: int
    window: TimeWindow
    tier: Tier
    kind: str = Kind.USE
    places: int = 1
    user_id: int | None = None
    excluding: int | None = None
    operator: int | None = None
    account_id: int | None = None
    declares: bool | None = None
    operating_id: int | None = None
    mode: str = ""


def read_contexts(*, viewer: Viewer, wishes: Sequence[Asked]) -> list[Context]:
    """The contexts of many wishes, in their order. One statement. Raises: NotFound, FirmUnknown."""
    if not wishes:
        return []
    now = clock.now()
    statement = " UNION ALL ".join(f"SELECT {number}, ({_READ})" for number in range(len(wishes)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for asked in wishes for value in _parameters(asked, now)])
        documents = dict(cursor.fetchall())
    return [_context(viewer, asked, now, documents[number]) for number, asked in enumerate(wishes)]


def _parameters(asked: Asked, now: datetime) -> list[Any]:
    """The arguments of _READ."""
    window, tier = asked.window, asked.tier
    span = (window.starts_at, window.ends_at)
    whose = (asked.user_id, asked.account_id, asked.operating_id, asked.excluding)
    return [asked.instrument_id, *span, tier.value, tier.bit, *whose, now]


def _context(viewer: Viewer, asked: Asked, now: datetime, document: Any) -> Context:
    if document is None:
        raise NotFound
    facts = json.loads(document) if isinstance(document, str) else document
    if not facts["account_known"]:
        raise FirmUnknown
    return Context(
        now=now,
        window=asked.window,
        tier=asked.tier,
        kind=asked.kind,
        places=asked.places,
        excluding=asked.excluding,
        declares=asked.declares,
        by_staff=viewer.staffs(facts["institution"]),
        taken=tuple(_in_the_way(facts, asked.window, asked.kind)),
        mode=(mode := way_of_use(facts["access_modes"], asked.mode, asked.kind)),
        needs=tuple(_needs(facts, asked.operator, mode)) if asked.kind in USES else (),
        needs_vary=any(modes for *_need, modes in facts["needs"]),
        shares=bool(facts["needs"]),
        operators=() if asked.operator is None else (asked.operator,),
        **_facts(asked.instrument_id, asked.tier, facts),
    )


def _in_the_way(facts: dict[str, Any], window: TimeWindow, kind: str) -> Iterator[Taken]:
    """The claims the window collides with. They were read with the turnaround, which a closure does not need."""
    for place, start, end, claimed_by, status in facts["taken"]:
        claim = Taken(place, _window(start, end), claimed_by, status)
        if kind in USES or claim.window.overlaps(window):
            yield claim


def way_of_use(access_modes: Sequence[str], named: str, kind: str) -> str:
    """The access mode that a wish or a booking comes to.

    access_modes: as the instrument offers them. named: may be none of these, which is refused where the form is
    judged; empty: the first of them, for a training that of those who learn to run it.
    """
    if named:
        return named
    offered = modes_of(access_modes)
    learns = kind == Kind.TRAINING and AccessMode.SELF_OPERATED in offered
    return AccessMode.SELF_OPERATED.value if learns else offered[0]


def _needs(facts: dict[str, Any], operator: int | None, mode: str) -> list[Need]:
    """What else a use in this mode takes; of the operators only the one who is wanted."""
    needs = [Need(*need) for *need, modes in facts["needs"] if not modes or mode in modes]
    if operator is None:
        return needs
    wanted = {need.slot for need in needs if need.resource_id == operator}
    if not wanted:
        raise UnknownOperator
    return [need for need in needs if need.slot not in wanted or need.resource_id == operator]


def _facts(instrument_id: int, tier: Tier, facts: dict[str, Any]) -> dict[str, Any]:
    stored = [StoredValue(*row) for row in facts["policy"]]
    return {
        "zone": zone(facts["zone"]),
        "instrument_id": instrument_id,
        "institution_id": facts["institution"],
        "resource_id": facts["resource"],
        "revision": facts["revision"],
        "capacity": facts["capacity"],
        "turnaround_minutes": facts["turnaround"],
        "status": facts["status"],
        "fault_until": None if facts["fault_until"] is None else datetime.fromtimestamp(facts["fault_until"], UTC),
        "user_active": facts["user_active"],
        "has_used": facts["has_used"],
        "hourly_fen": facts["hourly_fen"],
        "open": tuple(_window(start, end) for start, end in facts["open"]),
        "off_peak": tuple(_window(start, end) for start, end in facts["off_peak"] or ()),
        "marks_off_peak": facts["marks_off_peak"],
        "values": effective_values(stored, tier, defaults()),
        "access_modes": tuple(facts["access_modes"]),
        "form": facts["form"],
        "counted": {code: _counted(fact) for code, fact in facts["counted"].items()},
        **facts["conduct"],
    }


def _counted(fact: Any) -> Counted:
    """A number, numbers by local date, or windows: as sql/counted.sql writes each."""
    if isinstance(fact, dict):
        return Counted(by_date={date.fromisoformat(day): int(number) for day, number in fact.items()})
    if isinstance(fact, list):
        return Counted(windows=tuple(_window(start, end) for start, end in fact))
    return Counted(number=int(fact))


def _window(start: float, end: float) -> TimeWindow:
    return TimeWindow(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
