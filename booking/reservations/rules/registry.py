"""The registry of booking rules. A rule is one file in this package with a decorated function."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

from accounts.models import Role, Tier
from booking.reservations.models import Kind
from booking.reservations.policy_values import Effective, Section, Setting
from booking.reservations.process_settings import PROCESS_SETTINGS, ProcessSetting
from core.windows import TimeWindow

STAFF = (Role.OPERATOR, Role.MANAGER, Role.ADMIN)
"""Who may waive most rules: people who work at the instrument's institution."""

USES = (Kind.USE, Kind.TRAINING)
"""Kinds to which rules apply unless they say otherwise; closures and maintenance only need free places."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A claim that stands in the way; its window includes the turnaround."""

    place: int
    window: TimeWindow
    kind: str
    status: str


@dataclass(frozen=True, slots=True)
class Need:
    """One place of a resource that the instrument needs besides itself; those of one slot stand for each other."""

    slot: int
    resource_id: int
    place: int
    is_free: bool
    is_operator: bool = False


@dataclass(frozen=True, slots=True)
class AbsentOperator:
    """Who runs a booking and is not free where it would move. others: (resource id, name) who are free."""

    slot: int
    name: str
    others: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """What the person or firm of a counted rule has booked already, within the scope of the rule's value.

    The booking that is being moved is not in it. number: bookings or minutes; by_date: the same by local day, or by
    the first day of the local week or month; windows: aware UTC, in order.
    """

    number: int = 0
    by_date: Mapping[date, int] = field(default_factory=dict)
    windows: tuple[TimeWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything rules may know about one wish to book. Times aware UTC; zone: the instrument's.

    open: the open windows of the tier around the wish. taken: claims that collide with it. by_staff: the
    caller works at the institution. has_used: the person has used the instrument before; read only where approval
    of first bookings asks for it. values: effective policy by code. counted: by code, only of rules
    with a value whose person or firm the wish has.
    """

    now: datetime
    window: TimeWindow
    tier: Tier
    kind: str
    places: int
    by_staff: bool
    zone: ZoneInfo
    instrument_id: int
    institution_id: int
    resource_id: int
    revision: int
    capacity: int
    turnaround_minutes: int
    status: str
    user_active: bool
    hourly_fen: int | None
    open: tuple[TimeWindow, ...]
    taken: tuple[Taken, ...]
    values: dict[str, Effective]
    needs: tuple[Need, ...] = ()
    operators: tuple[int, ...] = ()
    """Operators who are asked for, or who run what is moved: nobody else of their slots will do."""
    absent_operators: tuple[AbsentOperator, ...] = ()
    """Of what is moved."""
    run_by: tuple[int, ...] = ()
    """Operators who run what is moved."""
    fault_until: datetime | None = None
    """Until when a fault keeps it out of order; the end of time where nobody knows."""
    has_used: bool = False
    off_peak: tuple[TimeWindow, ...] = ()
    """The off-peak windows of the tier that overlap the wish."""
    marks_off_peak: bool = False
    """Whether its hours say when it is off-peak for the tier; read only where approval outside core hours asks."""
    counted: Mapping[str, Counted] = field(default_factory=dict)
    level: int | None = None
    """The highest level of qualification that the person holds at the end; None: nothing asks for one."""
    credit: int | None = None
    """The person's points; None: nothing asks for them."""
    unsigned: int | None = None
    """An agreement that the person has to sign."""
    unreported: int | None = None
    """A use on which the person has to report."""
    access_modes: tuple[str, ...] = ()
    """As the instrument offers them."""
    mode: str = ""
    """The access mode of the wish; needs are those of it."""
    needs_vary: bool = False
    """Whether some needs of the instrument hold in some access modes only."""
    shares: bool = False
    """Whether it needs something besides itself in any access mode: then its calendar changes with others'."""
    form: Mapping[str, Any] | None = None
    """The booking form in force as it is stored: id, questions."""
    excluding: int | None = None
    """The reservation that would be moved or confirmed by the wish: as if it held nothing."""
    declares: bool | None = None
    """Whether samples are declared; None: the wish comes without its form, as a hold does, and is not asked."""

    def value(self, code: str) -> int | None:
        """The value in force; None: unlimited."""
        return self.values[code].value

    @property
    def free_places(self) -> list[int]:
        """Places that nothing takes during the whole window, lowest first."""
        taken = {claim.place for claim in self.taken}
        return [place for place in range(1, self.capacity + 1) if place not in taken]

    @property
    def own_mode(self) -> str:
        """The access mode where it decides what is needed; empty: every use needs the same."""
        return self.mode if self.needs_vary else ""

    @property
    def lacking_slots(self) -> list[int]:
        """Slots of needs in which nothing is free."""
        free = {need.slot for need in self.needs if need.is_free}
        return sorted({need.slot for need in self.needs} - free)

    @property
    def claims(self) -> list[tuple[int, int]]:
        """(resource id, place) that a booking of this takes: its places and the first free of each need."""
        first = {need.slot: (need.resource_id, need.place) for need in reversed(self.needs) if need.is_free}
        places = self.free_places[: self.places]
        return [*((self.resource_id, place) for place in places), *first.values()]

    @property
    def peak_minutes(self) -> int:
        """Whole minutes of the wish outside the off-peak windows."""
        return (self.window.duration - self.window.part_in(self.off_peak)) // timedelta(minutes=1)

    @property
    def lacks_places(self) -> bool:
        return len(self.free_places) < self.places


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule. nearest: the nearest window that passes all time rules, filled in by `verdict_on`.

    not_before: of a counted rule: no window that starts earlier passes it; None: no other window would.
    """

    code: str
    message: str
    limit: int | str | None = None
    actual: int | str | None = None
    waivable_by: tuple[Role, ...] = ()
    nearest: TimeWindow | None = None
    not_before: datetime | None = None


Check = Callable[[Context], Violation | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule. waivable_by empty: group A, never waived."""

    code: str
    section: Section
    title: Promise
    meaning: Promise
    check: Check
    waivable_by: tuple[Role, ...] = ()
    applies_to: tuple[str, ...] = USES
    setting: Setting | None = None
    blocks_time: bool = field(default=False)
    is_timed: bool = field(default=False)
    is_counted: bool = field(default=False)
    can_replay: bool = field(default=False)


_rules: dict[str, Rule] = {}


def rule(
    code: str,
    *,
    section: Section,
    title: Promise,
    meaning: Promise,
    waivable_by: tuple[Role, ...] = (),
    applies_to: tuple[str, ...] = USES,
    setting: Setting | None = None,
    blocks_time: bool = False,
    is_timed: bool = False,
    is_counted: bool = False,
    can_replay: bool = False,
) -> Callable[[Check], Check]:
    """Register a rule. section: where people look for it; blocks_time: broken means taken or closed time (409).

    is_timed: another window would pass, so a refusal names the nearest. is_counted: it judges what the person or
    the firm has booked already, so a refusal offers only windows that it passes. can_replay: all it reads is kept,
    so past bookings can be judged by other values (selectors/replay.py).
    """

    def register(check: Check) -> Check:
        if code in _rules:
            raise ValueError(f"rule {code} is registered twice")
        flags = (blocks_time, is_timed, is_counted, can_replay)
        _rules[code] = Rule(code, section, title, meaning, check, waivable_by, applies_to, setting, *flags)
        return check

    return register


def all_rules() -> dict[str, Rule]:
    """Every rule by code, in the order of the files' names."""
    _load()
    return _rules


@cache
def _load() -> None:
    """Import every file of the package once; one imported before by itself still takes its place in the order."""
    package = __name__.rpartition(".")[0]
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")
    ordered = sorted(_rules.items(), key=lambda item: item[1].check.__module__)
    _rules.clear()
    _rules.update(ordered)


def all_settings() -> dict[str, Rule | ProcessSetting]:
    """Whatever has a value that managers set, by code: rules first, then the settings of processes."""
    return {**{code: rule for code, rule in all_rules().items() if rule.setting}, **PROCESS_SETTINGS}


def setting_of(code: str) -> Setting | None:
    """The bounds and default of a value; None: there is no such value."""
    known = all_settings().get(code)
    return known.setting if known else None


@cache
def defaults() -> dict[str, int | None]:
    """The built-in value of everything that has one."""
    return {code: each.setting.default for code, each in all_settings().items() if each.setting}


def evaluate(context: Context) -> list[Violation]:
    """All violations, not only the first; each knows who may waive it."""
    return list(_violations(context, all_rules().values()))


def judged_again(context: Context) -> list[Violation]:
    """The violations of those rules that can be replayed and have a value; see selectors/replay.py."""
    return list(_violations(context, (each for each in _replayable() if context.value(each.code))))


@cache
def _replayable() -> tuple[Rule, ...]:
    return tuple(each for each in all_rules().values() if each.can_replay)


def _violations(context: Context, rules: Iterable[Rule]) -> Iterable[Violation]:
    for each in rules:
        if context.kind in each.applies_to and (broken := each.check(context)):
            yield replace(broken, code=each.code, waivable_by=each.waivable_by)
